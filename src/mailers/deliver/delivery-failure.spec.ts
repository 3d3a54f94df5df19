import { describe, expect, it } from 'vitest';
import { FledgeError } from '../../jobs/index.js';
import { classifyFailure, isDeferred, type DeliveryFailure } from './delivery-failure.js';
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

  it.each<[string, number, string, object]>([
    [
      'SES: an unverified sender',
      554,
      'Message rejected: Email address is not verified. The following identities failed the check in region US-EAST-1: hello@acme.test',
      configuration('sender'),
    ],
    [
      'SES: paused',
      554,
      'Sending paused for this account. For more information, please check the inbox',
      configuration('account'),
    ],
    [
      'Gmail: a daily quota',
      550,
      '5.4.5 Daily user sending limit exceeded. For more information on Gmail sending limits go to support.google.com',
      configuration('limit'),
    ],
    [
      'Exchange Online: another sender',
      554,
      '5.2.252 SendAsDenied; hello@acme.test not allowed to send as other@acme.test',
      configuration('sender'),
    ],
    [
      'Exchange Online: no permission for a sender',
      550,
      '5.7.60 SMTP; Client does not have permissions to send as this sender',
      configuration('sender'),
    ],
    [
      'Exchange Online: a blocked tenant',
      550,
      '5.7.708 Service unavailable. Access denied, traffic not accepted from this IP',
      configuration('account'),
    ],
    [
      'Exchange Online: a blocked account',
      550,
      '5.1.8 Access denied, bad outbound sender',
      configuration('account'),
    ],
    [
      'a hoster: an hourly limit',
      550,
      '5.7.1 Domain acme.test has exceeded the max emails per hour (500/500 (100%)) allowed. Message discarded.',
      configuration('limit'),
    ],
    [
      'a block list',
      550,
      '5.7.1 Service unavailable; client host [10.0.0.1] blocked using Spamhaus',
      configuration('reputation'),
    ],
    [
      'Postfix: a sender of another user',
      553,
      '5.7.1 <a@acme.test>: Sender address rejected: not owned by user b@acme.test',
      configuration('sender'),
    ],
    ['an unknown user', 550, '5.1.1 <a@b.test>: no such user', permanent],
    [
      'a full mailbox',
      552,
      '5.2.2 The mailbox is over quota. The recipient’s storage limit is exceeded',
      permanent,
    ],
    ['spam', 550, '5.7.1 Message rejected as spam by content scanning', permanent],
    ['a virus', 554, '5.7.1 Message contains a virus', permanent],
    ['a blocked recipient', 550, '5.7.1 Recipient address rejected: user blocked', permanent],
  ])('%s', (_, responseCode, words, failure) => {
    const response = `${responseCode} ${words}`;
    const details = { code: 'EMESSAGE', responseCode, response, command: 'DATA' };
    expect(classifyFailure(new MailTransportError(`Message failed: ${response}`, details))).toEqual(failure);
  });

  it.each<[string, string, object]>([
    [
      'MessageRejected',
      'Email address is not verified. The following identities failed the check',
      configuration('sender'),
    ],
    ['MessageRejected', 'Bad virus content', permanent],
    ['NotFoundException', 'Configuration set <x> does not exist.', configuration('account')],
    ['LimitExceededException', 'Daily message quota exceeded.', temporary],
  ])('the API of SES: %s, %s', (originalCode, words, failure) => {
    const details = { code: 'ESES', originalCode };
    expect(classifyFailure(new MailTransportError(`${originalCode}: ${words}`, details))).toEqual(failure);
  });

  it('a recipient that was refused because of the account is tried again', () => {
    const response = '550 5.7.1 client host [10.0.0.1] blocked using Spamhaus';
    expect(isDeferred({ address: 'a@b.test', code: 550, response })).toBe(true);
    expect(isDeferred({ address: 'a@b.test', code: 550, response: '550 5.1.1 no such user' })).toBe(false);
  });

  it('recognises a missing package, and treats every other error as temporary', () => {
    expect(classifyFailure(new FledgeError('FLEDGE_PEER_MISSING', 'x'))).toEqual(configuration('package'));
    for (const thrown of [new FledgeError('FLEDGE_MAIL_INVALID', 'x'), new Error('x'), 'x', undefined])
      expect(classifyFailure(thrown)).toEqual(temporary);
  });
});
