import { describe, expect, it } from 'vitest';
import { FledgeError } from '../../jobs/index.js';
import { troubleOf, type DeliveryTrouble } from './delivery-trouble.js';
import { MailTransportError, type TransportErrorDetails } from '../mail/mail-transport-error.js';

const passing: DeliveryTrouble = { kind: 'passing' };
const final: DeliveryTrouble = { kind: 'final' };
const fault = (what: string): object => ({ kind: 'configuration', fault: what });

describe('troubleOf', () => {
  it.each<[string, TransportErrorDetails, object]>([
    ['a temporary refusal', { code: 'EENVELOPE', responseCode: 451, command: 'MAIL FROM' }, passing],
    ['a bad sequence of commands', { code: 'EENVELOPE', responseCode: 503, command: 'RCPT TO' }, passing],
    ['a lost connection', { code: 'ECONNECTION' }, passing],
    ['name servers in trouble', { code: 'EDNS', originalCode: 'EAI_AGAIN' }, passing],
    ['a temporary trouble with logins', { code: 'EAUTH', responseCode: 454 }, passing],
    ['STARTTLS that is not there now', { code: 'ETLS', responseCode: 454 }, passing],
    ['a refusal', { code: 'EENVELOPE', responseCode: 550, command: 'RCPT TO' }, final],
    ['a refusal after the dot', { code: 'EMESSAGE', responseCode: 554, command: 'DATA' }, final],
    ['a refusal of which no more is known', { responseCode: 550 }, final],
    ['a mail larger than the server allows', { code: 'EMESSAGE', command: 'MAIL FROM' }, final],
    ['no recipients at all', { code: 'EENVELOPE' }, final],
    ['a wrong login', { code: 'EAUTH', responseCode: 535 }, fault('credentials')],
    ['a login without password', { code: 'EAUTH', command: 'API' }, fault('credentials')],
    [
      'a login that is missing',
      { code: 'EENVELOPE', responseCode: 530, command: 'MAIL FROM' },
      fault('credentials'),
    ],
    ['an unknown host', { code: 'EDNS', originalCode: 'ENOTFOUND' }, fault('host')],
    [
      'a refusal at the greeting',
      { code: 'EPROTOCOL', responseCode: 554, command: 'CONN' },
      fault('refusal'),
    ],
    ['no STARTTLS', { code: 'ETLS', responseCode: 500, command: 'STARTTLS' }, fault('encryption')],
    [
      'a server in the clear',
      { code: 'ESOCKET', originalCode: 'ERR_SSL_WRONG_VERSION_NUMBER' },
      fault('encryption'),
    ],
    ['a certificate', { code: 'ESOCKET', originalCode: 'CERT_HAS_EXPIRED' }, fault('certificate')],
    ['SES: credentials', { code: 'ESES', originalCode: 'ExpiredTokenException' }, fault('credentials')],
    ['SES: an account', { code: 'ESES', originalCode: 'AccountSuspendedException' }, fault('account')],
    ['SES: a refusal', { code: 'ESES', originalCode: 'MessageRejected' }, final],
    ['SES: a limit', { code: 'ESES', originalCode: 'TooManyRequestsException' }, passing],
    ['SES: an unheard-of name', { code: 'ESES', originalCode: 'constructor' }, passing],
  ])('%s', (_, details, trouble) => {
    expect(troubleOf(new MailTransportError('x', details))).toEqual(trouble);
  });

  it('knows a missing package, and takes whatever else is thrown for trouble that passes', () => {
    expect(troubleOf(new FledgeError('FLEDGE_PEER_MISSING', 'x'))).toEqual(fault('package'));
    for (const thrown of [new FledgeError('FLEDGE_MAIL_INVALID', 'x'), new Error('x'), 'x', undefined])
      expect(troubleOf(thrown)).toEqual(passing);
  });
});
