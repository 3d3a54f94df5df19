import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { check, run, start, until } from './commands.mjs';
import { freePort } from './starting-points.mjs';

/**
 * Looks at the pages of mails as a person does after `nest add`: without SMTP_URL, so that mails are written to files.
 *
 * @param send the code of a process that sends the sample mail
 */
export async function checkPages(home, env, send) {
  const port = await freePort();
  const settings = { ...env, PORT: String(port) };
  const web = start(home, ['dist/main.js'], settings);
  const worker = start(home, ['dist/main-worker.js'], settings);
  try {
    await until('the web process is up', () => web.log.includes('successfully started'), web);
    const get = async (path) => {
      const response = await fetch(`http://127.0.0.1:${port}/mails${path}`);
      return { status: response.status, text: await response.text() };
    };
    const list = await get('');
    check(
      list.status === 200 && !list.text.includes('no preview yet'),
      '/mails lists the mails, each with its preview',
      list.text,
    );
    for (const [path, subject] of [
      ['/preview/UserMailer/welcome', 'Welcome, Ada Lovelace'],
      ['/preview/ReceiptMailer/welcome', 'Welcome, Ada Lovelace'],
      ['/preview/OrderMailer/confirmed', 'Order 42'],
    ]) {
      const { status, text } = await get(path);
      check(status === 200 && text.includes(subject), `/mails${path} shows the mail`, text);
    }
    writeFileSync(join(home, 'send.tmp.mjs'), send);
    await run(home, process.execPath, ['send.tmp.mjs'], settings);
    let mailbox = { status: 0, text: '' };
    const look = async () => void (mailbox = await get('/mailbox').catch(() => mailbox));
    await until(
      'the mailbox has the mail',
      () => (void look(), mailbox.text.includes('Welcome, Ada')),
      worker,
    );
    check(mailbox.status === 200, '/mails/mailbox shows the sent mail', mailbox.text);
    const [, mail] = /href="[^"]*(\/mailbox\/[^"#?]+)/.exec(mailbox.text) ?? [];
    const shown = await get(mail);
    check(
      shown.status === 200 && shown.text.includes('ada@example.test'),
      `/mails${mail} shows it`,
      shown.text,
    );
  } finally {
    web.child.kill('SIGKILL');
    worker.child.kill('SIGKILL');
  }
}
