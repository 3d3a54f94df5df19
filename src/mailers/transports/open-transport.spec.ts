import { describe, expect, it } from 'vitest';
import { openTransport } from './open-transport.js';

describe('openTransport', () => {
  it.each([
    ['file:/var/mails', '/var/mails'],
    ['file:///var/my%20mails', '/var/my mails'],
    // A path without a host. It only looks like a user and a password.
    ['file:///:Zq7Wv9@h', '/:Zq7Wv9@h'],
    ['memory:', 'memory'],
    ['ses:eu-west-1', 'ses:eu-west-1'],
    ['ses://eu-west-1', 'ses:eu-west-1'],
  ])('opens %s', (url, description) => expect(openTransport(url).description).toContain(description));

  it.each([
    ['file:%', /FLEDGE_OPTION_INVALID/],
    ['file:%00', /FLEDGE_OPTION_INVALID/],
    ['file://ada:secret@host/mails', /names a host.*FLEDGE_OPTION_INVALID/],
    ['file://:secret@host', /names a host.*FLEDGE_OPTION_INVALID/],
    ['file:////:secret@host', /names a host.*FLEDGE_OPTION_INVALID/],
    ['ses://key:secret@eu-west-1', /region.*FLEDGE_OPTION_INVALID/],
    ['secret', /FLEDGE_SMTP_URL_INVALID/],
    ['', /FLEDGE_SMTP_URL_INVALID/],
    [7, /is a number.*FLEDGE_OPTION_INVALID/],
  ])('refuses %s with a code, and does not quote the password', (option, message) => {
    const open = (): unknown => openTransport(option as string);
    expect(open).toThrow(message);
    expect(open).toThrow(/^(?!.*secret)/s);
  });
});
