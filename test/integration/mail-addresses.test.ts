import type { AddressInfo } from 'node:net';
import { buffer } from 'node:stream/consumers';
import { rm } from 'node:fs/promises';
import PostalMime, { type Email } from 'postal-mime';
import { SMTPServer } from 'smtp-server';
import { expect, it, onTestFinished } from 'vitest';
import type { Mail } from 'nestjs-fledge/mailers';
import { folderOf } from '../support/folder-of.js';
import { AnyMailer, mailApp } from '../support/mail-app.js';

interface Received {
  readonly sender: string;
  readonly recipients: readonly string[];
  readonly raw: string;
  readonly mail: Email;
}

/** Sends a mail to a real SMTP server, and returns what the server received. */
async function sent(mail: Partial<Mail>): Promise<Received> {
  let received: Received | undefined;
  const server = new SMTPServer({
    authOptional: true,
    disabledCommands: ['STARTTLS'],
    onData: (stream, { envelope: { mailFrom, rcptTo } }, done) => {
      void buffer(stream)
        .then(async (raw) => {
          const sender = mailFrom === false ? '' : mailFrom.address;
          const recipients = rcptTo.map(({ address }) => address);
          received = { sender, recipients, raw: raw.toString(), mail: await PostalMime.parse(raw) };
        })
        .then(() => done(), done);
    },
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => new Promise((resolve) => server.close(() => resolve())));
  const { port } = server.server.address() as AddressInfo;
  const { mailers } = await mailApp({ transport: `smtp://127.0.0.1:${port}` });
  AnyMailer.mail = () => ({ text: 'Hello', ...mail });
  await mailers.for(AnyMailer).notice().deliverNow();
  return received!;
}

it('a mail can have several reply addresses, a sender, a return path and its own id', async () => {
  const { mail, sender, recipients } = await sent({
    bcc: 'hidden@acme.test',
    replyTo: ['a@acme.test', 'B <b@acme.test>'],
    sender: 'Robot <robot@acme.test>',
    returnPath: 'bounce+42@acme.test',
    messageId: '<ticket-42@acme.test>',
  });
  expect(sender).toBe('bounce+42@acme.test');
  expect(recipients).toEqual(['ada@example.test', 'hidden@acme.test']);
  expect(mail.replyTo?.map(({ address }) => address)).toEqual(['a@acme.test', 'b@acme.test']);
  expect(mail.sender).toMatchObject({ name: 'Robot', address: 'robot@acme.test' });
  expect(mail.from).toMatchObject({ address: 'hello@acme.test' });
  expect(mail.messageId).toBe('<ticket-42@acme.test>');
  expect(mail.bcc ?? []).toEqual([]);
});

it('without a return path, bounces go to from', async () => {
  expect((await sent({})).sender).toBe('hello@acme.test');
});

it('an invitation is an alternative of the text and the html, after them', async () => {
  const { raw } = await sent({
    html: '<p>Hello</p>',
    alternatives: [
      {
        contentType: 'text/calendar; method=REQUEST',
        content: 'BEGIN:VCALENDAR\r\nSUMMARY:Tea with 山田\r\n',
      },
      { contentType: 'text/x-amp-html', content: '<!doctype html><html ⚡4email></html>' },
    ],
  });
  const types = [...raw.matchAll(/^Content-Type: ([\w-]+\/[\w-]+)/gim)].map(([, type]) => type);
  expect(types).toEqual([
    'multipart/alternative',
    'text/plain',
    'text/x-amp-html',
    'text/html',
    'text/calendar',
  ]);
  expect(raw).toMatch(/text\/calendar; method=REQUEST;\s+charset=utf-8/i);
  expect(raw).not.toMatch(/Content-Disposition: attachment/i);
});

it('an attachment in base64 arrives as the file that it is', async () => {
  const bytes = Buffer.from('%PDF-1.7 …');
  const files = [{ name: 'bill.pdf', base64: bytes.toString('base64') }];
  const { mail } = await sent({
    attachments: files.map(({ name, base64 }) => ({ filename: name, content: base64, encoding: 'base64' })),
  });
  expect(Buffer.from(mail.attachments[0]!.content as ArrayBuffer)).toEqual(bytes);
});

it('what would arrive cut off is refused', async () => {
  const { made } = await mailApp({});
  const attachments = [{ filename: 'a.txt', content: 'YWFhYQ==YWFhYQ==', encoding: 'base64' as const }];
  await expect(made({ text: 'Hello', attachments })).rejects.toThrow(
    /attachments\[0\]\.content is not base64.*FLEDGE_MAIL_INVALID/,
  );
  const amp = { contentType: 'text/x-amp-html', content: '<html amp4email></html>' };
  await expect(made({ text: 'Hello', alternatives: [amp, amp] })).rejects.toThrow(
    /alternatives\[1\] is a second text\/x-amp-html.*FLEDGE_MAIL_INVALID/,
  );
});

it('unknown fields are refused, not left out', async () => {
  const { made } = await mailApp({});
  const event = { icalEvent: { method: 'REQUEST', content: 'BEGIN:VCALENDAR' } };
  await expect(made({ text: 'Hello', ...event })).rejects.toThrow(
    /^AnyMailer\.notice cannot be sent: it has the unknown field "icalEvent"\. Use alternatives.*FLEDGE_MAIL_INVALID/,
  );
});

it('a long id of a mail fits into the name of a file', async () => {
  const directory = await folderOf({});
  const { mailers } = await mailApp({ transport: `file:${directory}` });
  onTestFinished(() => rm(directory, { recursive: true }));
  AnyMailer.mail = () => ({ text: 'Hello', messageId: `<${'x'.repeat(900)}@acme.test>` });
  await expect(mailers.for(AnyMailer).notice().deliverNow()).resolves.toMatchObject({
    detail: expect.stringMatching(/x_[\w-]{16}\.eml$/) as string,
  });
});
