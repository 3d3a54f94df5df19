import { describe, expect, it } from 'vitest';
import { checkOutgoing, type OutgoingAttachment, type OutgoingMail } from './outgoing-mail.js';

const mail: OutgoingMail = {
  messageId: '<id-1@acme.test>',
  from: { name: 'Acme', address: 'hello@acme.test' },
  to: [{ name: '', address: 'ada@acme.test' }],
  cc: [],
  bcc: [],
  replyTo: [],
  subject: 'Hi',
  text: 'Hello',
  html: undefined,
  headers: {},
  attachments: [],
  locale: undefined,
};
const file: OutgoingAttachment = {
  filename: '請求書 2026.pdf',
  contentType: 'application/pdf',
  cid: undefined,
  content: Buffer.from('%PDF'),
};
const check = (changes: Partial<OutgoingMail>) =>
  checkOutgoing({ ...mail, ...changes }, 'UserMailer.welcome');
const attached = (changes: Partial<OutgoingAttachment>): Partial<OutgoingMail> => ({
  attachments: [{ ...file, ...changes }],
});

describe('checkOutgoing', () => {
  it('accepts a valid mail', () => {
    expect(check({ cc: [{ name: '山田 太郎', address: 'taro@d.test' }] })).toMatchObject({ subject: 'Hi' });
    expect(check({ headers: { 'List-Unsubscribe': '<https://acme.test/u>' } })).toBeDefined();
    expect(check({ ...attached({}), subject: 'ようこそ' })).toBeDefined();
    expect(check(attached({ contentType: 'text/plain; charset=utf-8', cid: 'logo@acme' }))).toBeDefined();
    expect(check(attached({ filename: undefined, cid: 'logo', contentType: undefined }))).toBeDefined();
  });

  it.each<[Partial<OutgoingMail>, RegExp]>([
    [{ to: [{ name: '', address: 'a@x.test, evil@y.test' }] }, /not one address/],
    [{ to: [{ name: '', address: 'a@x.test\r\nRCPT TO:<evil@y.test>' }] }, /not one address/],
    [{ cc: [{ name: 'A\r\nBcc: evil@y.test', address: 'a@x.test' }] }, /name with a line break/],
    [{ from: { name: '', address: 'ada' } }, /not one address/],
    [{ replyTo: [{ name: 'A\nBcc: evil@y.test', address: 'a@x.test' }] }, /replyTo/],
    [{ to: [] }, /no recipient/],
    [{ messageId: '<id\r\nBcc: evil@y.test@acme.test>' }, /messageId/],
    [{ subject: 'Hi\nBcc: evil@y.test' }, /line break/],
    [{ subject: 'Hi\u2028Bcc: evil@y.test' }, /line break/],
    [{ subject: ' ' }, /no subject/],
    [{ text: undefined }, /neither text nor html/],
    [{ html: { path: '/etc/passwd' } as unknown as string }, /html is an object/],
    [{ locale: 'ja\r\nBcc: evil@y.test' }, /locale/],
    [{ headers: { 'X-Good\r\nBcc': 'x' } }, /header's name/],
    [{ headers: { Bcc: 'evil@y.test' } }, /own field/],
    [{ headers: { 'X-A': 'a\r\nBcc: evil@y.test' } }, /not a single line/],
    [{ headers: { 'List-Unsubscribe': '<https://a.test>\r\nBcc: evil@y.test' } }, /single line/],
    [
      { headers: { 'X-A': { prepared: true, value: 'a\r\nBcc: b@c.test' } as unknown as string } },
      /X-A is an object/,
    ],
    [attached({ filename: 'a.pdf\r\nBcc: evil@y.test' }), /filename is not one line/],
    [attached({ filename: '../a.pdf' }), /without slashes/],
    [attached({ filename: undefined }), /no filename/],
    [attached({ filename: '' }), /filename is not one line/],
    [attached({ cid: 'logo>\r\nBcc: evil@y.test' }), /cid/],
    [attached({ contentType: 'text/plain\r\nBcc: evil@y.test' }), /contentType/],
    [attached({ contentType: 'text/html; x="a"\r\nBcc: e@y.test' }), /contentType/],
    [attached({ content: '/etc/passwd' as unknown as Buffer }), /content is a string/],
  ])('refuses %j', (changes, message) => {
    expect(() => check(changes)).toThrow(message);
    expect(() => check(changes)).toThrow(/^UserMailer\.welcome cannot be sent: .*FLEDGE_MAIL_INVALID/);
  });
});
