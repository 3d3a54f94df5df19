import { describe, expect, it } from 'vitest';
import type { SmtpOptions } from '../options/smtp-options.js';
import { SmtpTransport } from './smtp-transport.js';
import { withSmtpUrl } from './smtp-url.js';

describe('an SMTP URL', () => {
  it('has the server, the login and the options', () => {
    expect(
      withSmtpUrl(
        'smtps://ada%40acme.test:p%3Aw@mail.test:2465?maxConnections=3&maxMessages=7&idleTimeout=1m&requireTLS=true&rejectUnauthorized=false&servername=mx.test&name=acme.test&rate=10/1s&connectionTimeout=3s&greetingTimeout=4s&socketTimeout=5000&dnsTimeout=1s',
        { tls: { minVersion: 'TLSv1.3' }, maxConnections: 50 },
      ),
    ).toEqual({
      host: 'mail.test',
      port: 2465,
      secure: true,
      auth: { user: 'ada@acme.test', pass: 'p:w' },
      maxConnections: 3,
      maxMessages: 7,
      idleTimeout: '1m',
      requireTLS: true,
      tls: { minVersion: 'TLSv1.3', rejectUnauthorized: false, servername: 'mx.test' },
      name: 'acme.test',
      rate: { messages: 10, per: '1s' },
      timeouts: { connection: '3s', greeting: '4s', socket: 5_000, dns: '1s' },
    });
    expect(withSmtpUrl('smtp://[::1]', {})).toEqual({ host: '::1' });
    expect(withSmtpUrl('smtp://bücher.test', {})).toEqual({ host: 'xn--bcher-kva.test' });
  });

  it.each([
    ['https://ada:secret@mail.test', /neither smtp:\/\/ nor smtps:\/\//],
    ['smtp://', /it has no host/],
    ['smtp://ada:12?secret@mail.test', /before an "@"/],
    ['smtp://ada:12/secret@mail.test', /before an "@"/],
    ['smtp://ada:12#secret@mail.test', /before an "@"/],
    ['smtp://ada:12/secret', /"\/" after the host/],
    ['smtp://12,secret', /host has characters other than/],
    ['smtp:ada:secret@mail.test', /no host/],
    ['smtp://ada:secret%@mail.test', /"%" that does not begin an escape/],
    ['smtp://ada:secret@mail.test?maxConections=3', /"maxConections".*Did you mean "maxConnections"\?/],
    ['smtp://ada:secret@mail.test?toString=1', /Unknown parameter "toString"/],
    ['smtp://ada:secret@mail.test?requireTLS=yes', /requireTLS is "yes"\. Use true or false/],
    ['smtp://ada:secret@mail.test?rate=fast', /rate is "fast"/],
    ['smtp://ada:secret@mail.test?ca=/nowhere.pem', /ca names a file that cannot be read: ENOENT/],
  ])('%s is refused, and its password is not quoted', (url, message) => {
    const open = (): unknown => new SmtpTransport(url);
    expect(open).toThrow(message);
    expect(open).toThrow(/^(?!.*secret).*FLEDGE_SMTP_URL_INVALID/);
  });
});

describe('SmtpTransport', () => {
  it.each<[SmtpOptions, string]>([
    [{ url: 'smtp://ada:secret@mail.test' }, 'smtp://mail.test:587'],
    [{ url: 'smtps://mail.test' }, 'smtps://mail.test:465'],
    [{ host: 'mail.test', port: 465 }, 'smtps://mail.test:465'],
    [{ host: 'mail.test', port: 25 }, 'smtp://mail.test:25'],
  ])('describes %j without its secrets', (options, description) => {
    expect(new SmtpTransport(options).description).toBe(description);
  });

  it.each<[SmtpOptions, RegExp]>([
    [{}, /neither url nor host/],
    [{ host: 'smtp://ada:secret@mail.test' }, /^(?!.*secret).*host of the transport/],
    [{ host: 'ada:secret@mail.test' }, /^(?!.*secret).*host of the transport/],
    [{ host: 'a.test', maxConnections: 0 }, /maxConnections is 0/],
    [{ host: 'a.test', maxMessages: 1.5 }, /maxMessages is 1\.5/],
    [{ host: 'a.test', timeouts: { dns: '2d' } }, /timeouts\.dns is "2d"/],
    [{ host: 'a.test', idleTimeout: 10 }, /idleTimeout is 10/],
    [{ host: 'a.test', rate: { messages: 0, per: '1s' } }, /rate\.messages is 0/],
    [{ host: 'a.test', rate: { messages: 1, per: 0 } }, /rate\.per is 0/],
  ])('refuses %j', (options, message) => {
    expect(() => new SmtpTransport(options)).toThrow(message);
    expect(() => new SmtpTransport(options)).toThrow(/FLEDGE_OPTION_INVALID/);
  });
});
