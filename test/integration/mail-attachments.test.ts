import { mkdir, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { JobsInspector } from 'nestjs-fledge';
import {
  Mailer,
  type Mail,
  type MailAttachment,
  type MailersOptions,
  type OutgoingMail,
} from 'nestjs-fledge/mailers';
import { describe, expect, inject, it } from 'vitest';
import { folderOf } from '../support/folder-of.js';
import { privateUrl } from '../support/jobs-app.js';
import { until } from '../support/until.js';
import { mailApp, mailCatcher } from '../support/mail-app.js';

type Attaching = (...attachments: MailAttachment[]) => Promise<OutgoingMail>;

async function attaching(options: MailersOptions = {}): Promise<Attaching> {
  const { made } = await mailApp(options);
  return (...attachments) => made({ text: 'see the attachment', attachments });
}

const contents = ({ attachments }: OutgoingMail): [string | undefined, string][] =>
  attachments.map(({ filename, content }) => [filename, content.toString()]);

describe('attachments', () => {
  it('can be strings, bytes and streams', async () => {
    const attach = await attaching();
    const mail = await attach(
      { filename: 'a.txt', content: 'a string' },
      { filename: 'b.txt', content: Buffer.from('a buffer') },
      { filename: 'c.txt', content: new Uint8Array([99]) },
      { filename: 'd.txt', content: Readable.from([Buffer.from('a '), 'stream']) },
    );
    expect(contents(mail)).toEqual([
      ['a.txt', 'a string'],
      ['b.txt', 'a buffer'],
      ['c.txt', 'c'],
      ['d.txt', 'a stream'],
    ]);
  });

  it.each<[Record<string, unknown>, RegExp]>([
    [{ filename: 'a' }, /exactly one of content, path, ref and href/],
    [{ filename: 'a', content: 'x', path: 'y' }, /exactly one/],
    [{ filename: 'a', content: 7 }, /content is a number.*FLEDGE_MAIL_INVALID/],
    [{ filename: 'a', content: { path: '/etc/passwd' } }, /content is an object.*FLEDGE_MAIL_INVALID/],
    [{ content: 'x' }, /no filename.*FLEDGE_MAIL_INVALID/],
    [{ filename: 'a"\r\nBcc: evil@y.test', content: 'x' }, /filename is not one line.*FLEDGE_MAIL_INVALID/],
    [{ cid: 'a>\r\nBcc: evil@y.test', content: 'x' }, /cid.*FLEDGE_MAIL_INVALID/],
  ])('may not be %j', async (attachment, message) => {
    const attach = await attaching();
    await expect(attach(attachment as unknown as MailAttachment)).rejects.toThrow(message);
  });

  it('fail the attempt and are named if they cannot be read', async () => {
    const attach = await attaching();
    const broken = Readable.from(
      (async function* () {
        yield 'a';
        throw new Error('the disk is gone');
      })(),
    );
    await expect(attach({ filename: 'a.txt', content: broken })).rejects.toThrow(
      /could not read its attachment "a\.txt": the disk is gone.*FLEDGE_MAIL_ATTACHMENT_FAILED/,
    );
    const read = Readable.from(['a']);
    await read.toArray();
    await expect(attach({ filename: 'a.txt', content: read })).rejects.toThrow(
      /stream that is still readable/,
    );
  });

  it('do not delay the end of a job that was stopped', async () => {
    let isRead = false;
    const stuck = new Readable({ read: () => void (isRead = true) });
    @Mailer()
    class StuckMailer {
      async stuck(): Promise<Mail> {
        return { to: 'a@b.test', subject: 's', text: 't', attachments: [{ filename: 'a', content: stuck }] };
      }
    }
    const { mailers, worker, jobs, event } = await mailApp({}, [StuckMailer]);
    await worker.start();
    const receipt = await mailers.for(StuckMailer).stuck().deliverLater();
    await until('it is being read', () => isRead);
    await jobs.cancel(receipt, { reason: 'enough' });
    expect((await event('finished')).outcome).toMatchObject({ kind: 'cancelled' });
    await until('the stream is destroyed', () => stuck.destroyed);
  });
});

describe('attachments with a path', () => {
  it('are read only below the roots', async () => {
    const outside = await folderOf({ 'secret.txt': 'SECRET' });
    const root = await folderOf({ 'a/report.txt': 'report', 'b.txt': 'b' });
    const other = await folderOf({ 'c.txt': 'c' });
    await symlink(join(outside, 'secret.txt'), join(root, 'link.txt'));
    await symlink(outside, join(root, 'folder'));
    await symlink(join(root, 'b.txt'), join(root, 'inner.txt'));
    await mkdir(`${root}-neighbour`).catch(() => undefined);
    await writeFile(`${root}-neighbour/x.txt`, 'SECRET');
    const attach = await attaching({ attachments: { roots: [root, other] } });
    const mail = await attach(
      { path: 'a/report.txt' },
      { path: join(root, 'a/../b.txt'), filename: 'named.txt' },
      { path: 'c.txt' },
      { path: 'inner.txt' },
    );
    expect(contents(mail)).toEqual([
      ['report.txt', 'report'],
      ['named.txt', 'b'],
      ['c.txt', 'c'],
      ['inner.txt', 'b'],
    ]);
    const ways = [
      'link.txt',
      'folder/secret.txt',
      '/etc/passwd',
      `${root}-neighbour/x.txt`,
      join(outside, 'secret.txt'),
    ];
    for (const path of [...ways, '../../../../../../etc/passwd', '/nowhere/at/all', 'a', 'b.txt\0.pdf']) {
      await expect(attach({ path }), path).rejects.toThrow(/FLEDGE_MAIL_ATTACHMENT_REFUSED/);
    }
    await expect(attach({ path: 'missing.txt' })).rejects.toThrow(/ENOENT.*FLEDGE_MAIL_ATTACHMENT_FAILED/);
  });

  it('are refused without roots', async () => {
    const attach = await attaching();
    await expect(attach({ path: '/etc/hostname' })).rejects.toThrow(
      /attachments\.roots of MailersModule\.forRoot.*FLEDGE_MAIL_ATTACHMENT_REFUSED/,
    );
  });
});

describe.each([
  ['memory', () => 'memory:'],
  ['redis', () => privateUrl(inject('redisUrl'))],
])('attachments with a ref, on %s', (_, url) => {
  it('are read in the worker and are not stored in the queue', async () => {
    const body = 'x'.repeat(100_000);
    @Mailer()
    class BillMailer {
      async bill({ key }: { key: string }): Promise<Mail> {
        return { to: 'a@b.test', subject: 's', text: 't', attachments: [{ ref: `s3:bills/${key}` }] };
      }
    }
    const asked: string[] = [];
    const sources = {
      s3: async (key: string) => {
        asked.push(key);
        return Readable.from([body]);
      },
    };
    const [catcher, transport] = await mailCatcher();
    const app = await mailApp({ attachments: { sources }, transport }, [BillMailer], url());
    const { id } = await app.mailers.for(BillMailer).bill({ key: '7:final.pdf' }).deliverLater();
    const job = await app.app.get(JobsInspector).find(id);
    expect(job).toMatchObject({
      payload: { mailer: 'BillMailer', action: 'bill', payload: { key: '7:final.pdf' } },
    });
    expect(asked).toEqual([]);
    await app.worker.start();
    await app.event('finished', ({ outcome }) => outcome.kind === 'completed');
    expect(asked).toEqual(['bills/7:final.pdf']);
    const [attachment] = catcher.mails[0]!.attachments;
    expect(attachment).toMatchObject({ filename: '7:final.pdf', mimeType: 'application/pdf' });
    expect(Buffer.from(attachment!.content as ArrayBuffer).toString()).toBe(body);
  });
});

it('a ref of an undeclared source is refused, and a source that fails is retried', async () => {
  const sources = { s3: async () => Promise.reject(new Error('503 Slow Down')) };
  const attach = await attaching({ attachments: { sources } });
  await expect(attach({ ref: 'gcs:a' })).rejects.toThrow(
    /"gcs" is not in attachments\.sources .*which has: s3.*FLEDGE_MAIL_ATTACHMENT_REFUSED/,
  );
  await expect(attach({ ref: 'toString:a' })).rejects.toThrow(/FLEDGE_MAIL_ATTACHMENT_REFUSED/);
  await expect(attach({ ref: 'a' })).rejects.toThrow(/source:key.*FLEDGE_MAIL_ATTACHMENT_REFUSED/);
  await expect(attach({ ref: 's3:a' })).rejects.toThrow(/503 Slow Down.*FLEDGE_MAIL_ATTACHMENT_FAILED/);
});

describe('attachments with an href', () => {
  it.each([
    ['https://files.test/a.pdf', {}, /not allowed, .*attachments\.allowRemote/],
    [
      'https://evil.test/a.pdf',
      { allowRemote: ['files.test'] },
      /not allowed, evil\.test\. .*attachments\.allowRemote/,
    ],
    ['https://files.test.evil.test/a.pdf', { allowRemote: ['files.test'] }, /not allowed/],
    ['http://files.test/a.pdf', { allowRemote: ['files.test'] }, /not https/],
    ['file:///etc/passwd', { allowRemote: ['files.test'] }, /not https/],
    ['data:text/plain,x', { allowRemote: ['files.test'] }, /not https/],
    ['https://a:b@files.test/a.pdf', { allowRemote: ['files.test'] }, /user or a password/],
    ['https://localhost/a.pdf', { allowRemote: ['localhost'] }, /private address/],
    ['https://2130706433/a', { allowRemote: ['127.0.0.1'] }, /private address/],
    ['https://[::1]/a', { allowRemote: ['[::1]'] }, /private address/],
    ['https://169.254.170.2/v2/credentials', { allowRemote: ['169.254.170.2'] }, /private address/],
    ['nowhere', { allowRemote: ['files.test'] }, /not a URL/],
  ])('%s with %j are refused', async (href, attachments, message) => {
    const attach = await attaching({ attachments });
    await expect(attach({ href })).rejects.toThrow(message);
    await expect(attach({ href })).rejects.toThrow(/FLEDGE_MAIL_ATTACHMENT_REFUSED/);
  });
});

describe('maxSize', () => {
  it('limits the encoded mail, before anything is sent', async () => {
    const [catcher, transport] = await mailCatcher();
    const { mailers, made } = await mailApp({ transport, maxSize: 100_000 });
    expect(mailers).toBeDefined();
    const attachments = [{ filename: 'a.bin', content: Buffer.alloc(75_000) }];
    await expect(made({ text: 't', attachments })).rejects.toThrow(
      /AnyMailer\.notice cannot be sent: encoded, it has more than 100000 bytes.*FLEDGE_MAIL_TOO_LARGE/,
    );
    await expect(made({ text: 'x'.repeat(75_000) })).rejects.toThrow(/FLEDGE_MAIL_TOO_LARGE/);
    await made({ text: 't', attachments: [{ filename: 'a.bin', content: Buffer.alloc(70_000) }] });
    expect(catcher.mails).toHaveLength(1);
  });

  it('stops streams, files and sources that never end', async () => {
    let chunks = 0;
    const endless = () =>
      new Readable({
        read() {
          chunks++;
          this.push(Buffer.alloc(65_536));
        },
      });
    const root = await folderOf({ 'large.bin': Buffer.alloc(2_000_000) });
    const attach = await attaching({
      maxSize: 1_000_000,
      attachments: { roots: [root], sources: { s3: async () => endless() } },
    });
    const stream = endless();
    await expect(attach({ filename: 'a', content: stream })).rejects.toThrow(/FLEDGE_MAIL_TOO_LARGE/);
    expect(stream.destroyed).toBe(true);
    await expect(attach({ ref: 's3:a' })).rejects.toThrow(/FLEDGE_MAIL_TOO_LARGE/);
    await expect(attach({ path: 'large.bin' })).rejects.toThrow(/FLEDGE_MAIL_TOO_LARGE/);
    await expect(
      attach(
        { filename: 'a', content: Buffer.alloc(600_000) },
        { filename: 'b', content: Buffer.alloc(600_000) },
      ),
    ).rejects.toThrow(/FLEDGE_MAIL_TOO_LARGE/);
    expect(chunks).toBeLessThan(60);
  });
});
