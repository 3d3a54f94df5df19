import { inspect } from 'node:util';
import type { Provider } from '@nestjs/common';
import { JobsInspector, type JobEvent, type JobsOptions } from 'nestjs-fledge';
import { Mailer, MailersModule, MailersService, type Mail, type MailersOptions } from 'nestjs-fledge/mailers';
import { describe, expect, it } from 'vitest';
import { ownCertificates } from '../support/certificates.js';
import { jobsApp, type JobsApp } from '../support/jobs-app.js';
import { SmtpProcess, type SmtpScript } from '../support/smtp-process.js';
import { until } from '../support/until.js';

interface Note {
  readonly to: string | string[];
  readonly subject?: string;
  /** The number of lines in the mail. */
  readonly size?: number;
}

@Mailer()
class NoteMailer {
  async note({ to, subject = 'A note', size = 1 }: Note): Promise<Mail> {
    // Larger than a socket buffer, so that a server can end the connection in the middle.
    return { to, subject, text: 'Hello\n'.repeat(size) };
  }
}

type Finished = Extract<JobEvent, { type: 'finished' }>;
type App = JobsApp & {
  mailers: MailersService;
  /** Sends one mail and waits for the end of its attempt. */
  outcomeFor: (to: string | string[], size?: number) => Promise<Finished['outcome']>;
};

/** Uses the memory store, because these tests are about mail servers. */
async function start(options: MailersOptions, jobs: JobsOptions = {}): Promise<App> {
  const module = MailersModule.forRoot({ from: 'hello@acme.test', policy: { backoff: 1 }, ...options });
  const app = await jobsApp({ url: 'memory:', ...jobs }, [NoteMailer] as Provider[], [module]);
  await app.worker.start();
  const mailers = app.app.get(MailersService);
  return {
    ...app,
    mailers,
    outcomeFor: async (to, size = 1) => {
      const { id } = await mailers.for(NoteMailer).note({ to, size }).deliverLater();
      return (await app.event('finished', (event) => event.id === id)).outcome;
    },
  };
}

const eventsOf = ({ events }: JobsApp, type: JobEvent['type']): JobEvent[] =>
  events.filter((event) => event.type === type);

describe('the server’s reply decides what happens to a mail', () => {
  const later: [string, SmtpScript, RegExp][] = [
    ['the greeting', { greeting: '421 4.3.2 come back' }, /421 .*come back/],
    ['MAIL FROM', { mail: '451 4.3.0 no disk' }, /451 .*no disk/],
    ['all recipients', { rcpt: { '*': '450 4.2.1 greylisted' } }, /450 .*greylisted/],
    ['DATA', { data: '451 4.3.0 not now' }, /451 .*not now/],
    ['the dot', { dot: '452 4.3.1 no space' }, /452 .*no space/],
    ['a login', { auth: '454 4.7.0 try again' }, /454 .*try again/],
    ['a drop at the greeting', { greeting: 'drop' }, /connection/i],
    ['a drop after EHLO', { ehlo: 'drop' }, /closed/],
    ['a drop in the middle of DATA', { body: 'drop' }, /closed|ECONNRESET|EPIPE/],
    ['a drop after the dot', { dot: 'drop' }, /closed/],
  ];
  it.each(later)('a 4xx reply or a failure at %s: the mail is retried', async (_, script, words) => {
    const server = await SmtpProcess.start({ users: { ada: 'enigma' } });
    const transport = server.urlWith({ login: 'ada:enigma' });
    const app = await start({ transport });
    await server.follow(script);
    const outcome = await app.outcomeFor('bob@example.test', 100_000);
    expect(outcome).toMatchObject({ kind: 'failed', retryIn: 1 });
    expect((outcome as { error: Error }).error.message).toMatch(words);
    await server.follow({});
    await app.event('finished', (event) => event.outcome.kind === 'completed');
    expect(await server.received(1)).toMatchObject([{ to: ['bob@example.test'], user: 'ada' }]);
  });

  const never: [string, SmtpScript, RegExp][] = [
    ['MAIL FROM', { mail: '550 5.1.0 no such sender' }, /550 .*no such sender/],
    ['all recipients', { rcpt: { '*': '550 5.1.1 no such user' } }, /550 .*no such user/],
    ['DATA', { data: '554 5.7.1 no' }, /554 .*no/],
    ['the dot', { dot: '554 5.6.0 looks like spam' }, /554 .*looks like spam/],
  ];
  it.each(never)('a 5xx reply at %s: the delivery dies with the server’s reply', async (_, script, words) => {
    const server = await SmtpProcess.start({ script });
    const app = await start({ transport: server.url });
    const outcome = await app.outcomeFor('bob@example.test');
    expect(outcome).toMatchObject({ kind: 'killed', error: { code: 'FLEDGE_JOB_KILLED' } });
    expect((outcome as { error: Error }).error.message).toMatch(words);
    expect(server.mails).toEqual([]);
  });

  const kept: [string, SmtpScript][] = [
    ['the greeting', { greeting: '554 5.7.1 your network is blocked' }],
    ['EHLO', { ehlo: '550 5.7.1 who are you', helo: '550 5.7.1 who are you' }],
    ['MAIL FROM, since a login is missing', { mail: '530 5.7.0 authentication required' }],
    ['MAIL FROM, since the account is blocked', { mail: '550 5.7.708 traffic not accepted from this IP' }],
    [
      'RCPT TO, since the machine is',
      { rcpt: { '*': '550 5.7.1 client host [10.0.0.1] blocked using Spamhaus' } },
    ],
    [
      'the dot, since the sender is not verified',
      { dot: '554 Message rejected: Email address is not verified.' },
    ],
    ['the dot, since a limit is reached', { dot: '550 5.4.5 Daily user sending limit exceeded.' }],
  ];
  it.each(kept)('a 5xx reply at %s, which is not about the mail: the mail waits', async (_, script) => {
    const server = await SmtpProcess.start({ script });
    const app = await start({ transport: server.url });
    expect(await app.outcomeFor('bob@example.test')).toMatchObject({ kind: 'snoozed', delay: 300_000 });
    expect(eventsOf(app, 'mail-transport-broken')).toHaveLength(1);
  });

  it.each([
    ['before it has the mail', { mail: 'hang' }, 'socketTimeout=300ms'],
    ['when it has the mail', { dot: 'hang' }, 'answerTimeout=300ms'],
  ])(
    'a server that does not answer %s fails the attempt after its timeout',
    async (_, script, parameters) => {
      const server = await SmtpProcess.start({ script });
      const app = await start({ transport: server.urlWith({ parameters }) });
      expect(await app.outcomeFor('bob@example.test')).toMatchObject({
        kind: 'failed',
        error: { code: 'ETIMEDOUT' },
      });
    },
  );

  it('a mail is sent once to a server that confirms it slowly, and the next mail has the usual timeout', async () => {
    const server = await SmtpProcess.start({ script: { dot: 'slow' } });
    const app = await start({ transport: server.urlWith({ parameters: 'socketTimeout=2s' }) });
    // A mail that is larger than a socket buffer, and a second one on the same connection.
    for (const size of [100_000, 1]) {
      expect(await app.outcomeFor('bob@example.test', size)).toMatchObject({ kind: 'completed' });
    }
    expect(await server.received(2)).toHaveLength(2);
    expect(server.seen.filter((stage) => stage === 'greeting')).toHaveLength(1);
    await server.follow({ rcpt: { '*': 'hang' } });
    expect(await app.outcomeFor('bob@example.test')).toMatchObject({ error: { code: 'ETIMEDOUT' } });
  });

  it('a greeting that does not come fails the attempt after its own timeout', async () => {
    const server = await SmtpProcess.start({ script: { greeting: 'hang' } });
    const app = await start({ transport: { url: server.url, timeouts: { greeting: '200ms' } } });
    const outcome = await app.outcomeFor('bob@example.test');
    expect(outcome).toMatchObject({ kind: 'failed', error: { message: 'Greeting never received' } });
  });

  it('a mail is retried if nothing listens on the server’s port', async () => {
    const app = await start({ transport: 'smtp://127.0.0.1:1' });
    expect(await app.outcomeFor('bob@example.test')).toMatchObject({ kind: 'failed', retryIn: 1 });
  });
});

describe('a mail with several recipients', () => {
  const [ada, bob, cy] = ['ada@example.test', 'bob@example.test', 'cy@example.test'];

  it('is retried only for deferred recipients, with the same headers', async () => {
    const server = await SmtpProcess.start({
      script: { rcpt: { [bob]: '450 4.2.1 greylisted', [cy]: '550 5.1.1 no such user' } },
    });
    const app = await start({ transport: server.url });
    const outcome = await app.outcomeFor([ada, bob, cy]);
    expect(outcome).toMatchObject({ kind: 'failed', error: { code: 'FLEDGE_MAIL_DEFERRED' } });
    expect((outcome as { error: Error }).error.message).toMatch(
      /NoteMailer\.note was deferred for 1 of 3 recipients: 450 .*greylisted/,
    );
    expect(inspect(outcome, { depth: 9 })).not.toContain('@example.test');
    await server.follow({});
    await app.event('finished', (event) => event.outcome.kind === 'completed');
    expect((await server.received(2)).map(({ to }) => to)).toEqual([[ada], [bob]]);
    const ids = server.mails.map(({ raw }) => /^Message-ID: (.*)$/m.exec(raw)![1]);
    expect(ids[0]).toBe(ids[1]);
    expect(server.mails[1]!.raw).toContain(`To: ${ada}, ${bob}, ${cy}`);
    expect(eventsOf(app, 'mail-rejected')).toMatchObject([
      { recipients: 1, response: '550 5.1.1 no such user' },
    ]);
    expect(eventsOf(app, 'mail-delivered')).toMatchObject([{ recipients: 1 }, { recipients: 1 }]);
  });

  it('is delivered without the recipients that were rejected', async () => {
    const server = await SmtpProcess.start({ script: { rcpt: { [bob]: '550 5.1.1 no such user' } } });
    const app = await start({ transport: server.url });
    expect(await app.outcomeFor([ada, bob])).toMatchObject({
      kind: 'completed',
      result: { accepted: [ada], rejected: [bob], refusals: [{ address: bob, code: 550 }] },
    });
    expect(eventsOf(app, 'mail-rejected')).toMatchObject([{ recipients: 1 }]);
  });

  it('dies if its last recipient is rejected', async () => {
    const server = await SmtpProcess.start({ script: { rcpt: { [bob]: '450 4.2.1 greylisted' } } });
    const app = await start({ transport: server.url, policy: { backoff: 300 } });
    await app.outcomeFor([ada, bob]);
    await server.follow({ rcpt: { [bob]: `550 5.1.1 <${bob}> has gone` } });
    const { outcome } = await app.event('finished', (event) => event.outcome.kind === 'killed');
    expect((outcome as { error: Error }).error.message).toMatch(/550 .*<\*\*\*@example\.test> has gone/);
    expect((await server.received(1)).map(({ to }) => to)).toEqual([[ada]]);
  });

  it('is sent once by deliverNow, whose receipt lists the deferred recipients', async () => {
    const server = await SmtpProcess.start({ script: { rcpt: { [bob]: '450 4.2.1 greylisted' } } });
    const { mailers } = await start({ transport: server.url });
    const receipt = await mailers
      .for(NoteMailer)
      .note({ to: [ada, bob] })
      .deliverNow();
    expect(receipt).toMatchObject({
      accepted: [ada],
      rejected: [bob],
      refusals: [{ address: bob, code: 450, response: '450 4.2.1 greylisted' }],
    });
  });
});

describe('a transport that cannot send any mail', () => {
  it('keeps its mails while the password is wrong, and warns again only after it was fixed', async () => {
    const server = await SmtpProcess.start({ users: { ada: 'enigma' } });
    const secret = 'wr0ng-p@ss word';
    const login = `ada:${encodeURIComponent(secret)}`;
    const app = await start({ transport: server.urlWith({ login }) });
    const outcomes = [
      await app.outcomeFor('bob@example.test'),
      await app.outcomeFor('cy@example.test'),
      await app.outcomeFor('dee@example.test'),
    ];
    expect(outcomes).toMatchObject(
      Array.from({ length: 3 }, () => ({ kind: 'snoozed', reason: { code: 'FLEDGE_JOB_SNOOZED' } })),
    );
    expect(eventsOf(app, 'mail-transport-broken')).toMatchObject([
      { transport: 'default', fault: 'credentials', message: expect.stringContaining('no such login: ada') },
    ]);
    // One login only, because a server locks accounts after many wrong ones.
    expect(server.seen.filter((stage) => stage === 'auth')).toHaveLength(1);
    // The server's reply contained the password, and no event may contain it.
    expect(JSON.stringify(app.events, errorsToo)).not.toMatch(/wr0ng|d3IwbmctcEBzcyB3b3Jk/);
    await expect(
      app.mailers.for(NoteMailer).note({ to: 'eve@example.test' }).deliverNow(),
    ).rejects.toMatchObject({ code: 'FLEDGE_MAIL_CONFIGURATION' });
  });

  it('sends its waiting mails after it was fixed', async () => {
    const server = await SmtpProcess.start({ script: { mail: '530 5.7.0 not now' } });
    const app = await start({ transport: server.url });
    const { id } = await app.mailers.for(NoteMailer).note({ to: 'bob@example.test' }).deliverLater();
    await app.event('mail-transport-broken');
    await server.follow({});
    const inspector = app.app.get(JobsInspector);
    await until('it is sent', async () => {
      await inspector.promote(id).catch(() => undefined);
      return server.mails.length === 1;
    });
    await app.event('mail-transport-works', ({ transport }) => transport === 'default');
    const { attempt } = await app.event('finished', ({ outcome }) => outcome.kind === 'completed');
    expect(attempt).toBe(1);
  });

  it('keeps its mails while its host name does not resolve', async () => {
    const app = await start({ transport: 'smtp://mail.invalid:25' });
    expect(await app.outcomeFor('bob@example.test')).toMatchObject({ kind: 'snoozed' });
    expect(eventsOf(app, 'mail-transport-broken')).toMatchObject([{ fault: 'host' }]);
  });
});

describe('TLS to the mail server', () => {
  it('works from the start and by STARTTLS, with a private authority', async () => {
    const { ca, caPath, cert, key } = ownCertificates();
    const secure = await SmtpProcess.start({ options: { secure: true, cert, key, disabledCommands: [] } });
    const starttls = await SmtpProcess.start({ options: { cert, key, disabledCommands: [] } });
    const app = await start({
      transport: { url: secure.urlWith({ scheme: 'smtps' }), tls: { ca } },
      transports: {
        starttls: starttls.urlWith({ parameters: `requireTLS=true&ca=${encodeURIComponent(caPath)}` }),
        unverified: secure.urlWith({ scheme: 'smtps', parameters: 'rejectUnauthorized=false' }),
      },
    });
    expect(await app.outcomeFor('bob@example.test')).toMatchObject({ kind: 'completed' });
    expect(await secure.received(1)).toMatchObject([{ secure: true }]);
    const other = await start({ transport: starttls.urlWith({ parameters: `ca=${caPath}` }) });
    expect(await other.outcomeFor('bob@example.test')).toMatchObject({ kind: 'completed' });
    expect(await starttls.received(1)).toMatchObject([{ secure: true }]);
  });

  it.each(['smtps', 'smtp'] as const)(
    'keeps the mails if the certificate cannot be verified: %s',
    async (scheme) => {
      const { cert, key } = ownCertificates();
      const options = { secure: scheme === 'smtps', cert, key, disabledCommands: [] };
      const server = await SmtpProcess.start({ options });
      const app = await start({ transport: server.urlWith({ scheme }) });
      expect(await app.outcomeFor('bob@example.test')).toMatchObject({ kind: 'snoozed' });
      expect(eventsOf(app, 'mail-transport-broken')).toMatchObject([{ fault: 'certificate' }]);
      expect(server.mails).toEqual([]);
    },
  );

  it('keeps the mails and sends no password if it is required and not offered', async () => {
    const server = await SmtpProcess.start({ users: { ada: 'enigma' } });
    const app = await start({
      transport: server.urlWith({ login: 'ada:enigma', parameters: 'requireTLS=true' }),
    });
    expect(await app.outcomeFor('bob@example.test')).toMatchObject({ kind: 'snoozed' });
    expect(eventsOf(app, 'mail-transport-broken')).toMatchObject([{ fault: 'encryption' }]);
    expect(server.seen).not.toContain('auth');
  });

  it('keeps the mails if the server speaks plain SMTP on a TLS port', async () => {
    const server = await SmtpProcess.start();
    const app = await start({ transport: server.urlWith({ scheme: 'smtps' }) });
    expect(await app.outcomeFor('bob@example.test')).toMatchObject({ kind: 'snoozed' });
    expect(eventsOf(app, 'mail-transport-broken')).toMatchObject([{ fault: 'encryption' }]);
  });
});

/** Everything that an event could show of an error. */
function errorsToo(_key: string, value: unknown): unknown {
  if (!(value instanceof Error)) return value;
  const { message, stack, cause } = value;
  return { ...Object.fromEntries(Object.entries(value)), message, stack, cause };
}
