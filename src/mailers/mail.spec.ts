import { describe, expect, it } from 'vitest';
import { checkMail, type Mail } from './mail.js';

const mail = { to: 'ada@acme.test', subject: 'Hi', text: 'Hello' };
const check = (changes: Partial<Mail>) =>
  checkMail({ ...mail, ...changes }, 'UserMailer.welcome', 'id-1', 'Acme <hello@acme.test>');

describe('checkMail', () => {
  it('brings addresses into one shape and derives the Message-ID from the job', () => {
    expect(
      check({
        to: ['ada@acme.test', '"Lovelace, Ada" <ada@b.test>', { address: 'c@c.test' }],
        cc: '山田 太郎 <taro@d.test>',
      }),
    ).toMatchObject({
      messageId: '<id-1@acme.test>',
      from: { name: 'Acme', address: 'hello@acme.test' },
      to: [
        { name: '', address: 'ada@acme.test' },
        { name: 'Lovelace, Ada', address: 'ada@b.test' },
        { name: '', address: 'c@c.test' },
      ],
      cc: [{ name: '山田 太郎', address: 'taro@d.test' }],
      bcc: [],
    });
  });

  it.each<[Partial<Mail>, RegExp]>([
    [{ to: 'a@x.test, evil@y.test' }, /not one address/],
    [{ to: 'a@x.test\r\nBcc: evil@y.test' }, /not one address/],
    [{ to: { name: 'A\r\nBcc: evil@y.test', address: 'a@x.test' } }, /name with a line break/],
    [{ to: { address: 'a@x.test, evil@y.test' } }, /not one address/],
    [{ to: 'A <a@x.test>, B <b@x.test>' }, /not one address/],
    [{ to: 'nobody' }, /not one address/],
    [{ to: [] }, /no recipient/],
    [{ subject: 'Hi\nBcc: evil@y.test' }, /line break/],
    [{ subject: ' ' }, /no subject/],
    [{ text: undefined as unknown as string }, /neither text nor html/],
    [{ headers: { 'X-Good\r\nBcc': 'x' } }, /header's name/],
    [{ headers: { Bcc: 'evil@y.test' } }, /own fields/],
    [{ headers: { 'X-A': 'a\r\nBcc: evil@y.test' } }, /single line/],
    [{ replyTo: 'x' }, /replyTo/],
  ])('refuses %j', (changes, message) => {
    expect(() => check(changes)).toThrow(message);
    expect(() => check(changes)).toThrow(/^UserMailer\.welcome cannot be sent: .*FLEDGE_MAIL_INVALID/);
  });

  it('refuses an action that returned nothing, and a mail without sender', () => {
    expect(() => checkMail(undefined as unknown as Mail, 'M.a', 'i', undefined)).toThrow(/returned no mail/);
    expect(() => checkMail(mail, 'M.a', 'i', undefined)).toThrow(/no from/);
  });
});
