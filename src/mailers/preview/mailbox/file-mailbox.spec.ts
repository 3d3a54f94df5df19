import { execFileSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, mkdtemp, rename, rm, symlink, truncate, unlink, utimes, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { FileMailbox } from './file-mailbox.js';
import { MailFiles } from './mail-files.js';

async function folder(): Promise<string> {
  const path = await mkdtemp(join(tmpdir(), 'fledge-mailbox-'));
  onTestFinished(() => rm(path, { recursive: true, force: true }));
  return path;
}

const mail = (subject: string, body = 'Hi') =>
  `From: a@b.test\r\nTo: c@d.test\r\nSubject: ${subject}\r\nDate: Mon, 05 Jan 2026 10:00:00 +0000\r\n\r\n${body}`;

/** A mailbox with one good mail. */
async function mailbox(): Promise<[FileMailbox, string]> {
  const path = await folder();
  await writeFile(join(path, 'good.eml'), mail('Good'));
  return [new FileMailbox(path), path];
}

async function subjects(box: FileMailbox): Promise<string[]> {
  return (await box.list()).entries.map(({ subject }) => subject);
}

/** Things called x.eml that are not mails. */
const notMails: readonly [string, (path: string) => Promise<unknown>][] = [
  ['a folder', (path) => mkdir(path)],
  ['a pipe', async (path) => execFileSync('mkfifo', [path])],
  [
    'a socket',
    async (path) => {
      const server = createServer().listen(path);
      await once(server, 'listening');
      onTestFinished(() => void server.close());
    },
  ],
  ['a link to a mail outside', async (path) => symlink(await secret(), path)],
  ['a link to a mail next to it', (path) => symlink('good.eml', path)],
  ['a link to nothing', (path) => symlink('nothing.eml', path)],
  ['a link to itself', (path) => symlink('x.eml', path)],
];

async function secret(): Promise<string> {
  const path = join(await folder(), 'secret.eml');
  await writeFile(path, mail('Secret'));
  return path;
}

describe('the mailbox skips', () => {
  it.each(notMails)('%s', async (_, put) => {
    const [box, path] = await mailbox();
    await put(join(path, 'x.eml'));
    expect(await box.list()).toMatchObject({ entries: [{ id: 'good.eml', subject: 'Good' }], total: 1 });
    expect(await box.open('x.eml')).toBeUndefined();
    expect(await box.version()).toBe(await box.version());
    expect(await box.open('good.eml')).toMatchObject({ subject: 'Good' });
  });
});

describe('a file that becomes something else after it was listed', () => {
  it.each([...notMails, ['nothing', async () => undefined] as const])('%s is not read', async (_, put) => {
    const path = await folder();
    await writeFile(join(path, 'x.eml'), mail('Good'));
    const files = new MailFiles(path);
    const [file] = await files.list();
    await unlink(join(path, 'x.eml'));
    await put(join(path, 'x.eml'));
    expect(file).toMatchObject({ name: 'x.eml' });
    expect(await files.readWhole(file!)).toBeUndefined();
    expect(await files.readHead(file!, 100)).toBeUndefined();
  });
});

it('lists a mail of a gigabyte by its headers, and does not open it', async () => {
  const [box, path] = await mailbox();
  await writeFile(join(path, 'huge.eml'), mail('Huge'));
  await truncate(join(path, 'huge.eml'), 1_073_741_824);
  expect((await subjects(box)).sort()).toEqual(['Good', 'Huge']);
  await expect(box.open('huge.eml')).rejects.toThrow('huge.eml has 1073741824 bytes');
  expect(await box.open('good.eml')).toMatchObject({ subject: 'Good' });
});

it.runIf(process.getuid?.() === 0)('lists a file that cannot be read next to the others', async () => {
  const [box, path] = await mailbox();
  await writeFile(join(path, 'locked.eml'), mail('Locked'), { mode: 0 });
  execFileSync('chmod', ['755', path]);
  // Root may read everything, so the test becomes another user.
  process.seteuid!(65_534);
  try {
    expect((await subjects(box)).sort()).toEqual(['Good', 'locked.eml cannot be read']);
    await expect(box.open('locked.eml')).rejects.toThrow('EACCES');
  } finally {
    process.seteuid!(0);
  }
});

it.each([
  ['nothing', ''],
  ['no header', '\r\n\r\nHi'],
  ['no body', 'Subject: Hi'],
  ['random bytes', Buffer.from(Array.from({ length: 4_096 }, (_, i) => (i * 7919) % 256))],
  ['a header of 3 MB', `Subject: ${'x'.repeat(3_000_000)}\r\n\r\nHi`],
  [
    'parts within parts',
    mail('Deep').replace('\r\n\r\n', '\r\nContent-Type: multipart/mixed; boundary=a\r\n\r\n'),
  ],
])('lists a file that holds %s', async (_, content) => {
  const [box, path] = await mailbox();
  await writeFile(join(path, 'x.eml'), content);
  const { entries } = await box.list();
  expect(entries.map(({ id }) => id).sort()).toEqual(['good.eml', 'x.eml']);
});

it('keeps reading while files are added, changed and removed', async () => {
  const [box, path] = await mailbox();
  let done = false;
  const change = async (): Promise<void> => {
    for (let i = 0; !done; i++) {
      const name = join(path, `m${i % 20}.eml`);
      await writeFile(name, mail(`Mail ${i}`));
      await rename(name, join(path, `n${i % 20}.eml`));
      if (i % 3 === 0) await unlink(join(path, `n${i % 20}.eml`));
    }
  };
  const changing = change();
  for (let i = 0; i < 60; i++) {
    const { entries } = await box.list();
    expect(entries.map(({ id }) => id)).toContain('good.eml');
    for (const { id } of entries.slice(0, 3)) await box.open(id);
  }
  done = true;
  await changing;
});

it('reads a listed file again only when it has changed', async () => {
  const [box, path] = await mailbox();
  const time = new Date('2026-01-05T10:00:00Z');
  await utimes(join(path, 'good.eml'), time, time);
  expect(await subjects(box)).toEqual(['Good']);
  await writeFile(join(path, 'good.eml'), mail('Changed'));
  await utimes(join(path, 'good.eml'), time, time);
  expect(await subjects(box)).toEqual(['Good']);
  await utimes(join(path, 'good.eml'), time, new Date('2026-01-05T10:00:01Z'));
  expect(await subjects(box)).toEqual(['Changed']);
});
