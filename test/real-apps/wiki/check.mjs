// Exercises the wiki, before and after its migration.
import { randomBytes } from 'node:crypto';
import { request } from 'node:http';
import { check } from '../../nest-add/commands.mjs';
import { ask, mailTo, untilAnswer } from '../processes.mjs';

/** The queues of the application's own processors. */
const queues = [
  'email',
  'attachment',
  'general',
  'billing',
  'file-task',
  'search',
  'history',
  'notification',
  'ai',
  'audit',
  'export',
];
const others = queues.filter((name) => name !== 'email').map((name) => `{${name}-queue}`);

/** As it was: one process does everything. */
export async function exerciseBefore({ mails }, processes) {
  const web = await processes.web();
  await createPage(web, processes, 'web');
  await askForMail(web, mails, 'forgot-password', 'before@wiki.test');
  await processes.onlyIn('web', 'The trash is empty');
}

export async function exerciseAfter({ mails, fledge }, processes) {
  const web = await processes.web();
  await processes.worker();

  await createPage(web, processes, 'worker');
  await processes.onlyIn('worker', 'Added 2 watchers');
  await processes.onlyIn('worker', 'The trash is empty');

  const mail = await askForMail(web, mails, 'forgot-password', 'after@wiki.test');
  check(
    mail.from.address === 'wiki@example.test',
    'the mail of the mailer has the sender',
    mail.from.address,
  );
  for (const [part, text] of Object.entries({ html: plain(mail.html), text: mail.text }))
    check(
      text?.includes('Hi Ada') && /password-reset\?token=[\w-]{36}/.test(text),
      `the ${part} of the mail has the name and the link`,
      text,
    );
  await processes.onlyIn('worker', 'delivered to 1 recipient');
  await askForMail(web, mails, 'change-password', 'old@wiki.test');
  await processes.onlyIn('worker', '{email-queue} has processed send-email');

  await checkPages(web);
  check((await upgrade(web)) === 101, 'the web process still has the sockets of the editors');
  check((await ask(web, 'GET', '/socket.io/?EIO=4&transport=polling')).startsWith('0{'), 'and the gateway');
  check((await ask(web, 'GET', '/')).includes('<div id="root">'), 'and the client, on Fastify itself');

  const { items } = await fledge('ps');
  const named = items.flatMap((process) => process.others ?? []).map(({ name }) => name);
  const expected = queues.map((name) => `{${name}-queue}`);
  check(
    items.length === 1 && expected.every((name) => named.includes(name)),
    `fledge ps names the ${expected.length} queues of the processors`,
    JSON.stringify(items),
  );
}

/** Every line of both processes is pino's. None is an error, or a warning that the application did not log before. */
export function checkLogs(processes, before) {
  const known = before.flatMap(({ log }) => linesOf(log)).map((line) => JSON.parse(line).msg);
  for (const { name, log } of processes) {
    const lines = linesOf(log);
    const foreign = lines.filter((line) => !/^\{"level":\d+,"time":\d+,"pid":\d+,"hostname":/.test(line));
    check(foreign.length === 0, `all ${lines.length} lines of the ${name} are pino's`, foreign.join('\n'));
    const isBad = ({ level, msg }) => level > 40 || (level === 40 && !known.includes(msg));
    const bad = lines.filter((line) => isBad(JSON.parse(line)));
    check(bad.length === 0, `no line of the ${name} is an error or a new warning`, bad.join('\n'));
  }
}

const linesOf = (log) => log.trim().split('\n');

/** React separates two texts by a comment. */
const plain = (html) => html.replaceAll('<!-- -->', '');

/** Each of the ten queues has a job for a new page, and the watchers are in the database. */
async function createPage(web, processes, runner) {
  const page = { title: 'Swifts', text: 'Swifts sleep on the wing.\n'.repeat(9), watchers: ['u1', 'u2'] };
  const { success, data } = JSON.parse(await ask(web, 'POST', '/api/pages', page));
  check(success && data.excerpt.length === 60, 'a page is created, with the excerpt of the shared library');
  const watchers = await untilAnswer(web, `/api/pages/${data.id}/watchers`, (answer) =>
    answer.includes('u2'),
  );
  check(JSON.parse(watchers).data.join() === 'u1,u2', 'the job has added the watchers of the page', watchers);
  for (const queue of others)
    await processes.onlyIn(runner, `${queue} has processed page-created of page ${data.id}`);
}

async function askForMail(web, mails, path, email) {
  await ask(web, 'POST', `/api/auth/${path}`, { name: 'Ada', email });
  const mail = await mailTo(mails, email);
  check(plain(mail.html).includes('Hi Ada'), `${path}: "${mail.subject}" arrived`, mail.html);
  return mail;
}

/** The previews are below the global prefix, and outside of the application's interceptor. */
async function checkPages(web) {
  const index = await ask(web, 'GET', '/api/mails');
  check(
    index.includes('<h1>Previews</h1>') && index.includes('AuthMailer'),
    'previews are at /api/mails',
    index,
  );
  const frame = await ask(web, 'GET', '/api/mails/preview/AuthMailer/forgotPassword/frame');
  check(frame.includes('sample-token'), 'the preview shows the mail of React Email', frame);
}

/** Opens a socket of an editor. @returns the status of the answer */
function upgrade(web) {
  const headers = {
    connection: 'Upgrade',
    upgrade: 'websocket',
    'sec-websocket-version': '13',
    'sec-websocket-key': randomBytes(16).toString('base64'),
  };
  return new Promise((resolve, reject) => {
    const asked = request(`${web.url}/collab`, { headers });
    asked.on('upgrade', (response, socket) => {
      socket.destroy();
      resolve(response.statusCode);
    });
    asked.on('response', ({ statusCode }) => resolve(statusCode));
    asked.on('error', reject);
    asked.end();
  });
}
