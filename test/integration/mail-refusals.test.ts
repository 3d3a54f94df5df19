import { JobsInspector, type JobEvent } from 'nestjs-fledge';
import { Mailer, MailersModule, MailersService, type Mail } from 'nestjs-fledge/mailers';
import { describe, expect, it } from 'vitest';
import { classifyFailure } from '../../src/mailers/deliver/delivery-failure.js';
import type { OutgoingMail } from '../../src/mailers/mail/outgoing-mail.js';
import { SmtpTransport } from '../../src/mailers/transports/smtp-transport.js';
import { jobsApp, type JobsApp } from '../support/jobs-app.js';
import { SmtpProcess, type SmtpScript } from '../support/smtp-process.js';
import { until } from '../support/until.js';

type Stage = 'mail' | 'rcpt' | 'dot';
/** `mail`: the refusal is about this mail or its recipient. Otherwise the fault of the account. */
type About = 'mail' | 'account' | 'sender' | 'limit' | 'reputation';

const scriptOf = (stage: Stage, reply: string): SmtpScript =>
  stage === 'rcpt' ? { rcpt: { '*': reply } } : { [stage]: reply };

// The texts are from the providers' documentation, their open source, or reports of their users.
const replies: readonly (readonly [string, Stage, string, About])[] = [
  // The review's replies: the words of an account in a reply about a recipient or a mail.
  ['Gmail, a disabled recipient', 'rcpt', '550 5.2.1 The recipient account is disabled', 'mail'],
  ['a suspended recipient', 'rcpt', '550 5.2.1 This account is suspended', 'mail'],
  ['a suspended recipient without a code', 'rcpt', '550 This account is suspended', 'mail'],
  ['a large mail', 'dot', '552 5.3.4 Message has exceeded the maximum size limit', 'mail'],
  ['a large mail without a code', 'dot', '552 Message has exceeded the maximum size limit', 'mail'],
  ['a URL on a block list', 'dot', '554 5.7.1 Message contains a URL whose IP is blocklisted', 'mail'],
  ['a full account', 'rcpt', '552 account quota exceeded', 'mail'],
  // Amazon SES
  [
    'SES, an unverified sender',
    'dot',
    '554 Message rejected: Email address is not verified. The following identities failed the check in region US-EAST-1: hello@acme.test',
    'sender',
  ],
  [
    'SES, no permission',
    'dot',
    "554 Access denied: User `arn:aws:iam::123456789012:user/mail' is not authorized to perform `ses:SendRawEmail' on resource `arn:aws:ses:us-west-2:123456789012:identity/hello@acme.test'",
    'sender',
  ],
  [
    'SES, paused',
    'dot',
    '554 Sending paused for this account. For more information, please check the inbox of the email address associated with your AWS account.',
    'account',
  ],
  ['SES, a missing configuration set', 'dot', '554 Configuration set <x> does not exist.', 'account'],
  ['SES, an attachment', 'dot', "554 Transaction failed: Unsupported filename 'a.exe'.", 'mail'],
  ['SES, a virus', 'dot', '554 Message rejected: Bad virus content', 'mail'],
  // Gmail and Google Workspace
  [
    'Gmail, a daily limit',
    'dot',
    '550 5.4.5 Daily user sending limit exceeded. For more information on Gmail sending limits go to https://support.google.com/a/answer/166852',
    'limit',
  ],
  ['Gmail, the daily quota', 'dot', '550 5.4.5 Daily sending quota exceeded.', 'limit'],
  [
    'Workspace, the limit of its relay',
    'mail',
    '550 5.7.1 Daily SMTP relay limit exceeded for customer. For more information on SMTP relay sending limits please contact your administrator.',
    'limit',
  ],
  ['Workspace, an unknown machine', 'mail', '550 5.7.1 Invalid credentials for relay [10.0.0.1].', 'account'],
  ['Workspace, no relay', 'mail', '550 5.7.0 Mail relay denied [10.0.0.1].', 'account'],
  ['Workspace, an account that may not send', 'mail', '550 5.7.0 Mail Sending denied.', 'sender'],
  [
    'Gmail, the machine’s reputation',
    'dot',
    '550 5.7.1 [10.0.0.1] Our system has detected an unusual rate of unsolicited mail originating from your IP address. To protect our users from spam, mail sent from your IP address has been blocked.',
    'reputation',
  ],
  [
    'Gmail, spam',
    'dot',
    '550 5.7.1 [10.0.0.1] Our system has detected that this message is likely unsolicited mail. To reduce the amount of spam sent to Gmail, this message has been blocked.',
    'mail',
  ],
  [
    'Gmail, an unauthenticated mail',
    'dot',
    '550 5.7.26 This mail has been blocked because the sender is unauthenticated. Gmail requires all senders to authenticate with either SPF or DKIM.',
    'mail',
  ],
  [
    'Gmail, an unknown recipient',
    'rcpt',
    '550 5.1.1 The email account that you tried to reach does not exist. Please try double-checking the recipient’s email address for typos.',
    'mail',
  ],
  [
    'Gmail, an inactive recipient',
    'rcpt',
    '550 5.2.1 The email account that you tried to reach is inactive.',
    'mail',
  ],
  [
    'Gmail, a full recipient',
    'rcpt',
    '552 5.2.2 The email account that you tried to reach is over quota.',
    'mail',
  ],
  [
    'Gmail, a forbidden attachment',
    'dot',
    '552 5.7.0 This message was blocked because its content presents a potential security issue.',
    'mail',
  ],
  // Microsoft 365
  [
    'Microsoft 365, another sender',
    'dot',
    '554 5.2.252 SendAsDenied; hello@acme.test not allowed to send as other@acme.test',
    'sender',
  ],
  [
    'Microsoft 365, another sender, in the older form',
    'dot',
    '554 5.2.0 STOREDRV.Submission.Exception:SendAsDeniedException.MapiExceptionSendAsDenied; Failed to process message due to a permanent exception with message Cannot submit message.',
    'sender',
  ],
  [
    'Microsoft 365, no permission for a sender',
    'mail',
    '550 5.7.60 SMTP; Client does not have permissions to send as this sender',
    'sender',
  ],
  ['Microsoft 365, a blocked account', 'dot', '550 5.1.8 Access denied, bad outbound sender', 'account'],
  [
    'Microsoft 365, a daily limit',
    'dot',
    "550 5.1.90 Your message can't be sent because you've reached your daily limit for message recipients.",
    'limit',
  ],
  ['Microsoft 365, a banned account', 'mail', '550 5.7.501 Access denied, spam abuse detected', 'account'],
  [
    'Microsoft 365, a tenant’s limit',
    'dot',
    '550 5.7.705 Access denied, tenant has exceeded threshold',
    'account',
  ],
  [
    'Microsoft 365, a machine’s address',
    'dot',
    '550 5.7.708 Service unavailable. Access denied, traffic not accepted from this IP.',
    'account',
  ],
  [
    'Microsoft 365, an unregistered domain',
    'dot',
    '550 5.7.750 Service unavailable. Client blocked from sending from unregistered domains',
    'account',
  ],
  ['Microsoft 365, a connector', 'rcpt', '550 5.7.64 TenantAttribution; Relay Access Denied', 'account'],
  ['Microsoft 365, a banned address', 'rcpt', '550 5.7.606 Access denied, banned sending IP', 'reputation'],
  ['Microsoft 365, a banned recipient', 'rcpt', '550 5.7.505 Access denied, banned recipient', 'mail'],
  [
    'Microsoft 365, a recipient that the tenant blocks',
    'dot',
    "550 5.7.703 Your message can't be delivered because messages to b.test are blocked by your organization using Tenant Allow Block List.",
    'mail',
  ],
  [
    'Microsoft 365, a recipient’s own block list',
    'rcpt',
    '550 5.7.513 Service unavailable, Client host [10.0.0.1] blocked by b.test using Customer Block list',
    'mail',
  ],
  [
    'Microsoft 365, an unknown recipient',
    'rcpt',
    '550 5.4.1 Recipient address rejected: Access denied.',
    'mail',
  ],
  [
    'Microsoft 365, a group for members',
    'rcpt',
    '550 5.7.133 RESOLVER.RST.SenderNotAuthenticatedForGroup; authentication required',
    'mail',
  ],
  [
    'Microsoft 365, a recipient’s limit',
    'dot',
    "554 5.2.121 The recipient's per hour message receive limit from this sender is exceeded",
    'mail',
  ],
  ['Microsoft 365, a large mail', 'dot', '550 5.2.3 RESOLVER.RST.RecipSizeLimit; message too large', 'mail'],
  [
    'Microsoft 365, DMARC',
    'dot',
    '550 5.7.509 Access denied, sending domain acme.test does not pass DMARC verification and has a DMARC policy of reject.',
    'mail',
  ],
  // SendGrid, Postmark, Mailgun
  [
    'SendGrid, an unverified sender',
    'dot',
    '550 The from address does not match a verified Sender Identity. Mail cannot be sent until this error is resolved. Visit https://sendgrid.com/docs/for-developers/sending-email/sender-identity/ to see the Sender Identity requirements',
    'sender',
  ],
  ['SendGrid, no login', 'mail', '550 Unauthenticated senders not allowed', 'account'],
  ['SendGrid, a dropped recipient', 'rcpt', '550 Requested action not taken: mailbox unavailable', 'mail'],
  [
    'Postmark, an unknown sender',
    'dot',
    "554 The 'From' address you supplied (hello@acme.test) is not a Sender Signature on your account. Please add and confirm this address.",
    'sender',
  ],
  [
    'Postmark, a new account',
    'dot',
    "554 While your account is pending approval, all recipient addresses must share the same domain as the 'From' address.",
    'account',
  ],
  [
    'Postmark, an inactive recipient',
    'rcpt',
    '550 5.1.1 You tried to send to a recipient that has been marked as inactive.',
    'mail',
  ],
  [
    'Mailgun, a new account',
    'dot',
    '550 Domain sandbox1.mailgun.org is not allowed to send: Please activate your Mailgun account.',
    'account',
  ],
  ['Mailgun, a disabled account', 'dot', '550 Your account has been disabled.', 'account'],
  [
    'Mailgun, a suppressed recipient',
    'rcpt',
    '550 5.1.1 Not delivering to previously bounced address',
    'mail',
  ],
  // Postfix
  [
    'Postfix, a sender of another user',
    'rcpt',
    '553 5.7.1 <hello@acme.test>: Sender address rejected: not owned by user ada@acme.test',
    'sender',
  ],
  [
    'Yandex, a sender of another user',
    'mail',
    '553 5.7.1 Sender address rejected: not owned by auth user.',
    'sender',
  ],
  [
    'Postfix, a sender’s domain',
    'rcpt',
    '550 5.1.8 <hello@acme.test>: Sender address rejected: Domain not found',
    'sender',
  ],
  [
    'Postfix, a block list',
    'rcpt',
    '554 5.7.1 Service unavailable; Client host [10.0.0.1] blocked using zen.spamhaus.org; https://www.spamhaus.org/query/ip/10.0.0.1',
    'reputation',
  ],
  [
    'Postfix, this machine',
    'rcpt',
    '554 5.7.1 <unknown[10.0.0.1]>: Client host rejected: Access denied',
    'reputation',
  ],
  [
    'Postfix, an unknown user',
    'rcpt',
    '550 5.1.1 <bob@b.test>: Recipient address rejected: User unknown in virtual mailbox table',
    'mail',
  ],
  [
    'Postfix, a blocked user',
    'rcpt',
    '554 5.7.1 <bob@b.test>: Recipient address rejected: Access denied',
    'mail',
  ],
  ['Postfix, a large mail', 'mail', '552 5.3.4 Message size exceeds fixed limit', 'mail'],
  ['Rspamd', 'dot', '554 5.7.1 Spam message rejected', 'mail'],
  // Exim and cPanel
  [
    'cPanel, an hourly limit',
    'rcpt',
    '550 Domain acme.test has exceeded the max emails per hour (500/500 (100%)) allowed. Message discarded.',
    'limit',
  ],
  [
    'cPanel, failures',
    'rcpt',
    '550 Domain acme.test has exceeded the max defers and failures per hour (5/5 (100%)) allowed. Message discarded.',
    'limit',
  ],
  [
    'Exim, a block list',
    'rcpt',
    '550 rejected because 10.0.0.1 is in a black list at zen.spamhaus.org',
    'reputation',
  ],
  ['Exim, an unknown user', 'rcpt', '550 Unrouteable address', 'mail'],
  ['Exim, a large mail', 'dot', '552 Message size exceeds maximum permitted', 'mail'],
  ['Exim, spam', 'dot', '550 This message scored 12.1 spam points.', 'mail'],
  ['Exim, no login', 'rcpt', '550 relay not permitted, authentication required', 'account'],
  ['Postfix, no relay', 'rcpt', '554 5.7.1 <bob@b.test>: Relay access denied', 'mail'],
  // Hosting companies
  [
    'GoDaddy, a quota',
    'rcpt',
    '550 Message would take you over your relay quota of 5 Current quota used: 5',
    'limit',
  ],
  ['Zoho, another sender', 'mail', '553 Relaying disallowed as other@acme.test', 'sender'],
  ['iCloud, another sender', 'mail', '550 5.7.0 From address is not one of your addresses.', 'sender'],
  ['IONOS, another sender', 'mail', '550 Sender address is not allowed.', 'sender'],
  [
    'a receiver that checks SPF',
    'rcpt',
    '550 5.7.23 10.0.0.1 is not allowed to send from acme.test. Please see the SPF record',
    'mail',
  ],
  [
    'a receiver that checks SPF, without a code',
    'rcpt',
    '550 SPF: 10.0.0.1 is not allowed to send from acme.test',
    'mail',
  ],
];

const mail: OutgoingMail = {
  messageId: '<1@acme.test>',
  from: { name: '', address: 'hello@acme.test' },
  to: [{ name: '', address: 'bob@b.test' }],
  cc: [],
  bcc: [],
  replyTo: [],
  subject: 'A note',
  text: 'Hello',
  headers: {},
  attachments: [],
} as unknown as OutgoingMail;

it('the code, then the stage, then the words of a refusal decide whether it is about this mail', async () => {
  const server = await SmtpProcess.start();
  const transport = new SmtpTransport(server.url);
  const found: [string, string][] = [];
  for (const [who, stage, reply] of replies) {
    await server.follow(scriptOf(stage, reply));
    const failure = classifyFailure(await transport.send(mail).catch((error: unknown) => error));
    found.push([who, failure.kind === 'configuration' ? failure.fault : failure.kind]);
  }
  await transport.close();
  expect(replies.length).toBeGreaterThan(40);
  expect(found).toEqual(replies.map(([who, , , about]) => [who, about === 'mail' ? 'permanent' : about]));
});

@Mailer()
class NoteMailer {
  async note({ to, from }: { to: string; from?: string }): Promise<Mail> {
    return { to, subject: 'A note', text: 'Hello', ...(from === undefined ? {} : { from }) };
  }
}

type Finished = Extract<JobEvent, { type: 'finished' }>;

interface App extends JobsApp {
  readonly send: (to: string, from?: string) => Promise<string>;
  /** Sends one mail and waits for the end of its attempt. */
  readonly outcomeFor: (to: string, from?: string) => Promise<Finished['outcome']>;
  /** Tries a waiting mail again, and returns the outcome of this attempt. */
  readonly tryAgain: (id: string) => Promise<Finished['outcome']>;
}

async function start(transport: string, attempts = 20): Promise<App> {
  const module = MailersModule.forRoot({
    from: 'hello@acme.test',
    transport,
    policy: { backoff: '1h', attempts },
  });
  const app = await jobsApp({ url: 'memory:' }, [NoteMailer], [module]);
  await app.worker.start();
  const finished = (id: string): Finished[] =>
    app.events.filter((event): event is Finished => event.type === 'finished' && event.id === id);
  const send = async (to: string, from?: string): Promise<string> => {
    const payload = from === undefined ? { to } : { to, from };
    return (await app.app.get(MailersService).for(NoteMailer).note(payload).deliverLater()).id;
  };
  const outcome = async (id: string, number: number): Promise<Finished['outcome']> =>
    (await until(`attempt ${number} of ${id} ends`, () => finished(id)[number - 1])).outcome;
  return {
    ...app,
    send,
    outcomeFor: async (to, from) => outcome(await send(to, from), 1),
    tryAgain: async (id) => {
      const before = finished(id).length;
      await until('the mail waits', () =>
        app.app
          .get(JobsInspector)
          .promote(id)
          .then(
            () => true,
            () => false,
          ),
      );
      return outcome(id, before + 1);
    },
  };
}

const alarmsOf = ({ events }: JobsApp): string[] =>
  events.map(({ type }) => type).filter((type) => type.startsWith('mail-transport-'));

const blocked = '554 5.7.1 Service unavailable; Client host [10.0.0.1] blocked using zen.spamhaus.org';

describe('a refusal of the account that only one mail gets', () => {
  it('holds back no other mail', async () => {
    const server = await SmtpProcess.start({ script: { rcpt: { 'odd@b.test': blocked } } });
    const app = await start(server.url);
    expect(await app.outcomeFor('odd@b.test')).toMatchObject({ kind: 'snoozed', delay: 300_000 });
    expect(await app.outcomeFor('bob@b.test')).toMatchObject({ kind: 'completed' });
    expect(await app.outcomeFor('cy@b.test')).toMatchObject({ kind: 'completed' });
    expect(alarmsOf(app)).toEqual(['mail-transport-broken', 'mail-transport-works']);
  });

  it('uses up attempts once other mails are sent, raises no more alarms, and ends dead', async () => {
    const server = await SmtpProcess.start({ script: { rcpt: { 'odd@b.test': blocked } } });
    const app = await start(server.url, 3);
    const odd = await app.send('odd@b.test');
    await app.event('finished', ({ id }) => id === odd);
    expect(await app.tryAgain(odd)).toMatchObject({ kind: 'snoozed' });
    expect(await app.outcomeFor('bob@b.test')).toMatchObject({ kind: 'completed' });
    const alarms = alarmsOf(app);
    expect(await app.tryAgain(odd)).toMatchObject({ kind: 'failed' });
    expect(await app.tryAgain(odd)).toMatchObject({ kind: 'failed' });
    const last = await app.tryAgain(odd);
    expect(last).toMatchObject({ kind: 'failed' });
    expect(last).not.toHaveProperty('retryIn');
    expect((last as { error: Error }).error.message).toContain('zen.spamhaus.org');
    expect(await app.outcomeFor('cy@b.test')).toMatchObject({ kind: 'completed' });
    expect(alarmsOf(app)).toEqual(alarms);
  });

  it('of a sender is compared only with mails from this sender', async () => {
    const reply = '550 5.7.60 SMTP; Client does not have permissions to send as this sender';
    const server = await SmtpProcess.start({ script: { rcpt: { 'odd@b.test': reply } } });
    const app = await start(server.url);
    const odd = await app.send('odd@b.test', 'other@acme.test');
    await app.event('finished', ({ id }) => id === odd);
    expect(await app.outcomeFor('bob@b.test')).toMatchObject({ kind: 'completed' });
    expect(await app.tryAgain(odd)).toMatchObject({ kind: 'snoozed' });
    expect(await app.outcomeFor('bob@b.test', 'other@acme.test')).toMatchObject({ kind: 'completed' });
    expect(await app.tryAgain(odd)).toMatchObject({ kind: 'failed' });
  });
});

it('a refusal of the account that two mails get holds back the others', async () => {
  const server = await SmtpProcess.start({ script: { rcpt: { '*': blocked } } });
  const app = await start(server.url);
  const outcomes = [];
  for (const to of ['ann@b.test', 'bob@b.test', 'cy@b.test']) outcomes.push(await app.outcomeFor(to));
  expect(outcomes).toMatchObject(Array.from({ length: 3 }, () => ({ kind: 'snoozed' })));
  expect(server.seen.filter((stage) => stage === 'rcpt')).toHaveLength(2);
  expect(alarmsOf(app)).toEqual(['mail-transport-broken']);
});

it('a disabled recipient and a large mail are dead, and the next mail is sent at once', async () => {
  const server = await SmtpProcess.start({
    script: { rcpt: { 'gone@b.test': '550 5.2.1 The recipient account is disabled' } },
  });
  const app = await start(server.url);
  expect(await app.outcomeFor('gone@b.test')).toMatchObject({ kind: 'killed' });
  expect(await app.outcomeFor('bob@b.test')).toMatchObject({ kind: 'completed' });
  await server.follow({ dot: '552 5.3.4 Message has exceeded the maximum size limit' });
  expect(await app.outcomeFor('bob@b.test')).toMatchObject({ kind: 'killed' });
  await server.follow({});
  expect(await app.outcomeFor('bob@b.test')).toMatchObject({ kind: 'completed' });
  expect(alarmsOf(app)).toEqual([]);
});
