import { describe, expect, it } from 'vitest';
import { FledgeError } from '../../jobs/index.js';
import { classifyFailure, type DeliveryFailure } from './delivery-failure.js';
import { MailTransportError, type TransportErrorDetails } from '../mail/mail-transport-error.js';

const temporary: DeliveryFailure = { kind: 'temporary' };
const permanent: DeliveryFailure = { kind: 'permanent' };
const configuration = (fault: string): object => ({ kind: 'configuration', fault });

describe('classifyFailure', () => {
  it.each<[string, TransportErrorDetails, object]>([
    ['a temporary refusal', { code: 'EENVELOPE', responseCode: 451, command: 'MAIL FROM' }, temporary],
    ['a bad sequence of commands', { code: 'EENVELOPE', responseCode: 503, command: 'RCPT TO' }, temporary],
    ['a lost connection', { code: 'ECONNECTION' }, temporary],
    ['failing name servers', { code: 'EDNS', originalCode: 'EAI_AGAIN' }, temporary],
    ['a temporary failure of logins', { code: 'EAUTH', responseCode: 454 }, temporary],
    ['STARTTLS that is temporarily unavailable', { code: 'ETLS', responseCode: 454 }, temporary],
    ['a refusal', { code: 'EENVELOPE', responseCode: 550, command: 'RCPT TO' }, permanent],
    ['a refusal after the dot', { code: 'EMESSAGE', responseCode: 554, command: 'DATA' }, permanent],
    ['a refusal without a command', { responseCode: 550 }, permanent],
    ['a mail larger than the server allows', { code: 'EMESSAGE', command: 'MAIL FROM' }, permanent],
    ['no recipients at all', { code: 'EENVELOPE' }, permanent],
    ['a wrong login', { code: 'EAUTH', responseCode: 535 }, configuration('credentials')],
    ['a login without password', { code: 'EAUTH', command: 'API' }, configuration('credentials')],
    [
      'a missing login',
      { code: 'EENVELOPE', responseCode: 530, command: 'MAIL FROM' },
      configuration('credentials'),
    ],
    ['an unknown host', { code: 'EDNS', originalCode: 'ENOTFOUND' }, configuration('host')],
    [
      'a refusal at the greeting',
      { code: 'EPROTOCOL', responseCode: 554, command: 'CONN' },
      configuration('refusal'),
    ],
    ['no STARTTLS', { code: 'ETLS', responseCode: 500, command: 'STARTTLS' }, configuration('encryption')],
    [
      'a server without TLS',
      { code: 'ESOCKET', originalCode: 'ERR_SSL_WRONG_VERSION_NUMBER' },
      configuration('encryption'),
    ],
    [
      'an expired certificate',
      { code: 'ESOCKET', originalCode: 'CERT_HAS_EXPIRED' },
      configuration('certificate'),
    ],
    [
      'SES: expired credentials',
      { code: 'ESES', originalCode: 'ExpiredTokenException' },
      configuration('credentials'),
    ],
    [
      'SES: a suspended account',
      { code: 'ESES', originalCode: 'AccountSuspendedException' },
      configuration('account'),
    ],
    ['SES: a refusal', { code: 'ESES', originalCode: 'MessageRejected' }, permanent],
    ['SES: a limit', { code: 'ESES', originalCode: 'TooManyRequestsException' }, temporary],
    ['SES: an unknown name', { code: 'ESES', originalCode: 'constructor' }, temporary],
  ])('%s', (_, details, failure) => {
    expect(classifyFailure(new MailTransportError('x', details))).toEqual(failure);
  });

  it('recognizes a missing package, and treats every other error as temporary', () => {
    expect(classifyFailure(new FledgeError('FLEDGE_PEER_MISSING', 'x'))).toEqual(configuration('package'));
    for (const thrown of [new FledgeError('FLEDGE_MAIL_INVALID', 'x'), new Error('x'), 'x', undefined])
      expect(classifyFailure(thrown)).toEqual(temporary);
  });
});
