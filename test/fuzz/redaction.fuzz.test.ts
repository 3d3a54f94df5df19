import { assert, constantFrom, property, sample, string, tuple } from 'fast-check';
import { Redis } from 'ioredis';
import { Job, JobsHealthIndicator, type JobContext } from 'nestjs-fledge';
import { inspect } from 'node:util';
import { describe, expect, it } from 'vitest';
import { commands } from '../../src/cli/commands.js';
import { redactionOfSecrets } from '../../src/jobs/values/redaction/redact-secrets.js';
import { freePort } from '../../src/testing/redis/free-port.js';
import type { PrivateRedis } from '../../src/testing/redis/private-redis.js';
import { until } from '../support/until.js';
import { echoes, echoingServer, turningServer, type Echo } from '../support/echoing-server.js';
import { fledgeHere } from '../support/fledge-command.js';
import { fuzz } from '../support/fuzz.js';
import { jobsApp } from '../support/jobs-app.js';
import { ownRedis } from '../support/redis-server.js';
import { secrets, seenOf } from '../support/secrets.js';

const words = ['', 'app'];

/** Ways in which another program's text may contain a secret. */
const quotations: readonly ((secret: string) => string)[] = [
  (secret) => secret,
  (secret) => secret.toUpperCase(),
  (secret) => JSON.stringify(secret),
  (secret) => JSON.stringify({ args: ['AUTH', secret] }),
  (secret) => JSON.stringify(JSON.stringify(secret)),
  (secret) => inspect(secret, { breakLength: Infinity }),
  encodeURIComponent,
  (secret) => encodeURIComponent(encodeURIComponent(secret)),
  (secret) => new URLSearchParams({ secret }).toString(),
  (secret) => Buffer.from(secret).toString('base64'),
  (secret) => Buffer.from(secret).toString('base64url'),
  (secret) => Buffer.from(`\0app\0${secret}`).toString('base64'),
  (secret) => Buffer.from(`app:${secret}`).toString('base64'),
  (secret) => Buffer.from(secret).toString('latin1'),
  (secret) => secret.replace(/[\r\n]+/g, (run) => ' '.repeat(run.length)),
  (secret) => `'${secret.slice(0, Math.ceil(secret.length / 2) + 6)}`,
];

describe('a redaction of secrets', () => {
  it('leaves no part of a secret in another program’s text', () => {
    const text = string({ unit: 'grapheme', maxLength: 12 });
    assert(
      property(secrets(), constantFrom(...quotations), text, text, (secret, quote, before, after) => {
        const redaction = redactionOfSecrets([secret], words);
        const said = `${before} ${quote(secret)}${after.replace(/^[^\s"']/, ' ')}`;
        expect(seenOf(secret, redaction.text(said))).toBeUndefined();
        const cause = { options: { password: quote(secret) }, code: 7 };
        expect(seenOf(secret, redaction.error(new Error(said, { cause })))).toBeUndefined();
      }),
      fuzz(500),
    );
  });

  it('hides at most one word if the text does not contain the secret', () => {
    assert(
      property(tuple(secrets(), string({ unit: 'grapheme' })), ([secret, text]) => {
        if (text.length > 3) return;
        expect(redactionOfSecrets([secret], words).text(`x ${text}`)).toBe(`x ${text}`);
      }),
      fuzz(300),
    );
  });
});

/** The arguments to try with a command. A new command is included, with those arguments that it accepts. */
const callsOf = (name: string, url: string): string[][] => [
  [name, url],
  [name, '--json', url],
  [name, 'some-id', url],
  [name, 'some-id', '--json', url],
  [name, '--all', url],
  ...['retry', 'discard', 'pause', 'resume', 'run'].map((action) => [name, action, 'some-id', url]),
  ...['retry', 'discard'].map((action) => [name, action, '--all', url]),
  // In places where a URL does not belong.
  [name, '--port', url],
  [name, '--queue', url],
  [name, '--job', url, url],
  [url, name],
  [name, url, url, url],
];

interface Output {
  readonly call: string;
  readonly output: string;
}

/** All commands but the one that uses no store, and would change this repository. */
const names = Object.keys(commands).filter((name) => name !== 'init');

/** Runs each command with the URL as an argument and with the password in the environment. */
async function everyCommand(port: number, user: string, secret: string): Promise<Output[]> {
  const url = `redis://${user}:${encodeURIComponent(secret)}@127.0.0.1:${port}`;
  const apart = { JOBS_URL: `redis://${user && `${user}@`}127.0.0.1:${port}`, JOBS_PASSWORD: secret };
  const calls = names.flatMap((name) => callsOf(name, url));
  const outputs = calls.map(async (args) => ({
    call: args.join(' ').replaceAll(url, '<url>'),
    ...(await fledgeHere(args)),
  }));
  const fromEnvironment = names.map(async (name) => ({
    call: `${name} (environment)`,
    ...(await fledgeHere([name], apart)),
  }));
  return Promise.all([...outputs, ...fromEnvironment]);
}

function expectNothingOf(secret: string, outputs: readonly Output[]): void {
  const leaks = outputs.map(({ call, output }) => [call, seenOf(secret, output)]).filter(([, seen]) => seen);
  expect(leaks).toEqual([]);
}

@Job()
class NeverRun {
  async perform(_payload: { id: number }): Promise<void> {}
}

/** Returns all output of a web and a worker process for this store: events, receipts, health. */
async function everythingSaid(port: number, user: string, secret: string): Promise<unknown[]> {
  const url = `redis://${user}:${encodeURIComponent(secret)}@127.0.0.1:${port}`;
  const { app, jobs, worker, events, close } = await jobsApp({ url, queues: { default: {} } }, [NeverRun]);
  const starting = worker.start().catch((error: unknown) => error);
  const thrown = await jobs.enqueue(NeverRun, { id: 1 }).catch((error: unknown) => error);
  const bulk = await jobs.enqueueAll(NeverRun, [{ id: 1 }]).catch((error: unknown) => error);
  const health = await app.get(JobsHealthIndicator).isHealthy();
  await until('the loss is noticed', () => events.some(({ type }) => type === 'store-lost'));
  const said = [thrown, bulk, health, JSON.stringify(health), ...events];
  await close();
  return [...said, ...events, await starting];
}

/** Runs until the server changes its answers. Then the job and its worker get these answers from every call. */
@Job({ attempts: 2, backoff: 50 })
class Overtaken {
  static turn = (): void => undefined;
  static failures: unknown[] = [];

  async perform(_payload: { id: number }, context: JobContext): Promise<void> {
    Overtaken.turn();
    for (const write of [context.log('x'), context.progress(1), context.note('a', 1)])
      Overtaken.failures.push(await write.catch((error: unknown) => error));
  }
}

/** Returns all output of a worker whose store changes its answers while a job runs. */
async function everythingSaidAtTheTurn(redis: PrivateRedis, echo: Echo, secret: string): Promise<unknown[]> {
  const server = await turningServer(redis.port, echo);
  const url = `redis://app:${encodeURIComponent(secret)}@127.0.0.1:${server.port}?prefix=t${server.port}`;
  const options = { url, queues: { default: {} }, shutdownTimeout: '2s', watchInterval: '100ms' } as const;
  const { jobs, worker, events, event, close } = await jobsApp(options, [Overtaken]);
  Overtaken.turn = () => server.turn();
  Overtaken.failures = [];
  await worker.start();
  await jobs.enqueue(Overtaken, { id: 1 });
  await event('store-error');
  const receipt = await jobs.enqueue(Overtaken, { id: 2 }).catch((error: unknown) => error);
  await worker.stop();
  await close();
  // The first two errors come from the job's code and contain the store's text.
  expect(Overtaken.failures[0]).toMatchObject({ code: expect.stringMatching(/^FLEDGE_STORE_/) });
  return [...events, ...Overtaken.failures, receipt];
}

describe('no output, event or error contains the password of the store', () => {
  const cases = sample(tuple(secrets(), constantFrom('', 'app', 'default')), fuzz(2));

  async function expectSilence(port: number, words: RegExp): Promise<void> {
    await Promise.all(
      cases.map(async ([secret, user]) => {
        const [outputs, said] = await Promise.all([
          everyCommand(port, user, secret),
          everythingSaid(port, user, secret),
        ]);
        expectNothingOf(secret, outputs);
        for (const one of said) expect(seenOf(secret, one)).toBeUndefined();
        // The server's text is shown without the secret that it quotes, unless the server was too slow for the doctor.
        const { output } = outputs.find(({ call }) => call === 'doctor <url>')!;
        if (!output.includes('FLEDGE_STORE_TIMEOUT')) expect(output).toMatch(words);
      }),
    );
  }

  it.each(Object.entries(echoes))('when the server repeats what it received: %s', async (_, echo) =>
    expectSilence(await echoingServer(echo), /ERR|NOPERMISSION/),
  );

  it.each([
    ['HELLO and AUTH', ['--rename-command', 'HELLO', '', '--rename-command', 'AUTH', '']],
    ['HELLO', ['--rename-command', 'HELLO', '']],
    ['the password', []],
  ])('when the server does not know %s', async (_, settings) => {
    const redis = await ownRedis(['--requirepass', 'another', ...settings]);
    await expectSilence(redis.port, /ERR|WRONGPASS/);
  });

  it('when the server is down', async () => expectSilence(await freePort(), /ECONNREFUSED/));

  it.each(['redis', 'raw', 'json'] as const)(
    'when the server changes its answers while a job runs: %s',
    async (kind) => {
      const redis = await ownRedis();
      const [secret] = cases[0]!;
      const acl = ['ACL', 'SETUSER', 'app', 'on', `>${secret}`, '~*', '&*', '+@all'] as const;
      const client = new Redis(redis.port);
      await client.call(...acl);
      client.disconnect();
      for (const one of await everythingSaidAtTheTurn(redis, echoes[kind]!, secret))
        expect(seenOf(secret, one)).toBeUndefined();
    },
  );
});
