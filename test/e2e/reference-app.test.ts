import { readFile } from 'node:fs/promises';
import { describe, expect, inject, it } from 'vitest';
import { airportsFile } from '../../src/demo/airports-file.js';
import { freePort } from '../../src/testing/redis/free-port.js';
import { privateUrl } from '../support/jobs-app.js';
import { ownRedis } from '../support/redis-server.js';
import { airportsCsv, System } from '../support/system.js';
import { until } from '../support/until.js';

const onRedis = (): Promise<System> => System.create({ JOBS_URL: privateUrl(inject('redisUrl')) });
const ranJob = / started on /;

describe('web and worker on Redis', () => {
  it('the worker sends the welcome mail and loads the airports', async () => {
    const system = await onRedis();
    const [web, worker] = await Promise.all([system.web(), system.worker()]);
    expect(worker.lines.join('\n')).toContain('processor default ×10, processor mailers ×5');

    const signUp = await system.signUp('Ada Lovelace', 'ada@example.test');
    expect(signUp).toMatchObject({ status: 201, body: { name: 'Ada Lovelace', email: 'ada@example.test' } });
    const upload = await system.upload(await readFile(airportsFile, 'utf8'));
    expect(upload).toMatchObject({ status: 202, body: { status: 'waiting', total: 3376 } });

    expect(await system.imported(upload.body.id)).toMatchObject({ total: 3376, loaded: 3376, rejected: 0 });
    expect((await system.get('/airports/jfk')).body).toMatchObject({ city: 'New York' });
    await until('the mail is there', () => system.mailsFor('ada@example.test') === 1);
    expect(system.mails.mails[0]).toMatchObject({
      subject: 'Welcome, Ada Lovelace',
      from: { name: 'Acme', address: 'hello@acme.test' },
      text: expect.stringContaining('Hello Ada Lovelace,'),
      html: expect.stringContaining('<p>Hello Ada Lovelace,</p>'),
    });

    await worker.waitFor(/UserMailer\.welcome .* performed in/);
    expect(worker.lines.filter((line) => ranJob.test(line))).toHaveLength(2);
    expect(web.lines.filter((line) => ranJob.test(line))).toEqual([]);
    expect(await worker.stop()).toBe(0);
    expect(await web.stop('SIGTERM')).not.toBe(1);
  });

  it('another worker finishes the import after kill -9, and no mail is sent twice', async () => {
    const system = await onRedis();
    const [, worker] = await Promise.all([system.web(), system.worker()]);
    await system.signUp('Grace', 'grace@example.test');
    await worker.waitFor(/UserMailer\.welcome .* performed in/);
    const { id } = (await system.upload(airportsCsv(30_000))).body;
    await until('the import is under way', async () => (await system.progress(id)).loaded > 2_000);
    await worker.stop('SIGKILL');
    expect((await system.progress(id)).status).toBe('running');

    const successor = await system.worker();
    await successor.waitFor(/ImportCsvJob .* started/);
    await successor.waitFor(/continues after row \d+ of 30000/);
    expect(await system.imported(id)).toMatchObject({ loaded: 30_000, rejected: 0 });
    expect(system.mailsFor('grace@example.test')).toBe(1);
  });

  it('the worker exits with 0 on SIGTERM during an import, which uses no attempt', async () => {
    const system = await onRedis();
    const [, worker] = await Promise.all([system.web(), system.worker()]);
    const { id } = (await system.upload(airportsCsv(30_000))).body;
    await until('the import is under way', async () => (await system.progress(id)).loaded > 2_000);
    const ended = worker.stop('SIGTERM');
    const successor = await system.worker();
    expect(await ended).toBe(0);
    expect(await system.imported(id)).toMatchObject({ loaded: 30_000 });
    // The worker had 20 s to finish. If it did not, its successor continued.
    expect(successor.lines.join('\n')).not.toContain('attempt 2');
  });

  it('web and worker warn that the queue mailers has no worker, and the mail is sent once it has one', async () => {
    const system = await onRedis();
    const [web, worker] = await Promise.all([system.web(), system.worker({ JOBS_QUEUES: 'default' })]);
    expect(worker.lines.join('\n')).toContain('processor default ×10 (not served here: mailers)');
    await system.signUp('Edsger', 'edsger@example.test');
    const warning =
      /WARN \[Jobs\] No worker serves the queue "mailers", and 1 job is waiting.*FLEDGE_QUEUE_UNSERVED/;
    await Promise.all([web.waitFor(warning), worker.waitFor(warning)]);
    expect(system.mailsFor('edsger@example.test')).toBe(0);
    await system.worker({ JOBS_QUEUES: 'mailers' });
    await until('the mail is there', () => system.mailsFor('edsger@example.test') === 1);
    await web.waitFor(/the queue "mailers" is served again/);
  });
});

describe('invalid input and settings', () => {
  it('invalid requests get 400 with reasons, 404 or 409', async () => {
    const system = await System.create();
    await system.web();
    expect(await system.signUp('', 'nobody')).toMatchObject({
      status: 400,
      body: { message: ['name must be longer than or equal to 1 characters', 'email must be an email'] },
    });
    expect((await system.signUp('A\r\nBcc: x@y.test', 'a@example.test')).status).toBe(400);
    expect(await system.upload('city,state\nParis,FR')).toMatchObject({
      status: 400,
      body: {
        message: [
          'The file is not a CSV file of airports: the file lacks the columns iata, name, country, latitude, longitude.',
        ],
      },
    });
    expect((await system.upload('')).status).toBe(400);
    expect((await system.get('/imports/none')).status).toBe(404);
    expect((await system.signUp('Ada', 'twice@example.test')).status).toBe(201);
    expect((await system.signUp('Ada', 'twice@example.test')).status).toBe(409);
  });

  it('rows that are not airports are counted as rejected', async () => {
    const system = await System.create();
    await system.web();
    const { id } = (
      await system.upload(`${airportsCsv(3)}\n!!,No code,X,Y,Z,1,2\nABC,Off the globe,X,Y,Z,91,2`)
    ).body;
    expect(await system.imported(id)).toMatchObject({ total: 5, loaded: 3, rejected: 2 });
  });

  it.each<[string, 'web' | 'worker', NodeJS.ProcessEnv, RegExp]>([
    ['memory in production', 'web', { NODE_ENV: 'production' }, /FLEDGE_MEMORY_IN_PRODUCTION/],
    ['no SMTP_URL in production', 'web', { NODE_ENV: 'production', SMTP_URL: '' }, /FLEDGE_SMTP_URL_MISSING/],
    ['a worker without a store', 'worker', {}, /Set JOBS_URL=redis:.*FLEDGE_WORKER_NEEDS_REDIS/],
    ['postgres://', 'worker', { JOBS_URL: 'postgres://localhost/x' }, /FLEDGE_STORE_UNSUPPORTED/],
    ['an invalid URL', 'worker', { JOBS_URL: 'localhost' }, /FLEDGE_STORE_URL_INVALID/],
    [
      'an undeclared queue',
      'worker',
      { JOBS_URL: 'redis://127.0.0.1:1', JOBS_QUEUES: 'mailrs' },
      /"mailrs".*Did you mean "mailers"\?.*FLEDGE_QUEUE_UNDECLARED/,
    ],
  ])('the process does not start: %s', async (_, role, env, message) => {
    const system = await System.create();
    const app = system.spawn(role, env);
    await app.waitFor(message);
    // The exit code of a worker shows whether a setting is invalid.
    expect(await app.ended).toBe(role === 'worker' ? 2 : 1);
  });
});

describe('a store that goes away', () => {
  it('the application answers 503, keeps no incomplete sign-up, and recovers by itself', async () => {
    const port = await freePort();
    const system = await System.create({ JOBS_URL: `redis://127.0.0.1:${port}` });
    const web = await system.web();
    expect(await system.signUp('Ada', 'ada@example.test')).toMatchObject({
      status: 503,
      body: { code: 'FLEDGE_STORE_UNREACHABLE' },
    });
    expect((await system.upload(airportsCsv(3))).status).toBe(503);
    const worker = system.spawn('worker');
    await worker.waitFor(/lost redis:.*ECONNREFUSED/);
    await ownRedis([], port);
    await worker.waitFor(/processor default/);
    await web.waitFor(/connected to/);
    expect((await system.signUp('Ada', 'ada@example.test')).status).toBe(201);
    await until('the mail is there', () => system.mailsFor('ada@example.test') === 1);
  });

  it.each(['SIGTERM', 'SIGINT'] as const)(
    'a worker that is waiting for the store exits with 0 on %s',
    async (signal) => {
      const system = await System.create({ JOBS_URL: `redis://127.0.0.1:${await freePort()}` });
      const worker = system.spawn('worker');
      await worker.waitFor(/lost redis:/);
      expect(await worker.stop(signal)).toBe(0);
    },
  );
});

describe('one process with the store in memory', () => {
  it('sends the mail and imports the file without other processes', async () => {
    const system = await System.create();
    const web = await system.web();
    await web.waitFor(/Jobs are kept in memory and run in this process: JOBS_URL is not set/);
    await system.signUp('Alan', 'alan@example.test');
    const { id } = (await system.upload(airportsCsv(500))).body;
    await system.imported(id);
    await until('the mail is there', () => system.mailsFor('alan@example.test') === 1);
    expect(await web.stop()).not.toBe(1);
  });
});
