import { Controller, Get, Module } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { HealthCheck, HealthCheckService, TerminusModule } from '@nestjs/terminus';
import { JobsHealthIndicator, JobsModule } from 'nestjs-fledge';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import type { AppProcess } from '../../src/demo/app-process.js';
import { freePort } from '../../src/testing/redis/free-port.js';
import { fledge } from '../support/fledge-command.js';
import { ownRedis } from '../support/redis-server.js';
import { ScriptedJob, scriptedWeb } from '../support/scripted-jobs.js';
import { until } from '../support/until.js';
import { startedWorker, workerProcess } from '../support/worker-process.js';

interface Answer {
  readonly status: number;
  readonly body: Record<string, never> & { readonly state?: string; readonly reasons?: string[] };
}

async function ask(port: number, path: string, method = 'GET'): Promise<Answer> {
  const response = await fetch(`http://127.0.0.1:${port}${path}`, { method });
  const text = await response.text();
  return { status: response.status, body: text ? (JSON.parse(text) as Answer['body']) : {} };
}

async function answers(port: number, path: string, status: number): Promise<Answer> {
  const look = async (): Promise<Answer | undefined> => {
    const answer = await ask(port, path).catch(() => undefined);
    return answer?.status === status ? answer : undefined;
  };
  return until(`${path} answers ${status}`, look);
}

async function temporaryFile(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'fledge-health-'));
  onTestFinished(() => rm(folder, { recursive: true, force: true }));
  const file = join(folder, 'held');
  await writeFile(file, '');
  return file;
}

async function healthyWorker(url: string): Promise<{ worker: AppProcess; port: number }> {
  const port = await freePort();
  const worker = await startedWorker({ url, env: { JOBS_HEALTH_PORT: String(port) } });
  return { worker, port };
}

describe('the health endpoints of a worker', () => {
  it('answer 200 for a running worker and list its store, queues and running jobs', async () => {
    const { jobs, url } = await scriptedWeb();
    const { worker, port } = await healthyWorker(url);
    expect(worker.lines.join('\n')).toContain(`health on http://127.0.0.1:${port}`);
    const { id } = await jobs.enqueue(ScriptedJob, { does: 'wait' });
    await worker.waitFor(new RegExp(`${id} started`));
    expect(await ask(port, '/startupz')).toMatchObject({
      status: 200,
      body: { status: 'ok', state: 'running' },
    });
    expect(await ask(port, '/livez')).toMatchObject({ status: 200, body: { reasons: [] } });
    expect(await ask(port, '/readyz')).toMatchObject({
      status: 200,
      body: {
        state: 'running',
        reasons: [],
        store: { reachable: true, roundTrip: expect.any(Number) as number },
        queues: [
          { name: 'default', concurrency: 10, running: 1 },
          { name: 'mailers', concurrency: 5, running: 0 },
        ],
        unserved: { queues: [], jobs: [] },
      },
    });
    expect((await ask(port, '/livez', 'HEAD')).status).toBe(200);
    expect((await ask(port, '/livez', 'POST')).status).toBe(405);
    expect((await ask(port, '/health')).status).toBe(404);
  });

  it('are off by default', async () => {
    const { url } = await scriptedWeb();
    const worker = await startedWorker({ url });
    expect(worker.lines.join('\n')).toMatch(/health off \(default\)/);
    expect(worker.lines.join('\n')).not.toMatch(/health on/);
  });

  it('a store that is down makes /readyz fail, never /livez, also while the worker boots', async () => {
    const redis = await ownRedis();
    const { url } = await scriptedWeb(redis.url);
    const { port } = await healthyWorker(url);
    await redis.stop();
    const { body } = await answers(port, '/readyz', 503);
    expect(body.reasons!.join()).toContain('FLEDGE_STORE_UNREACHABLE');
    expect((await ask(port, '/livez')).status).toBe(200);

    const late = await freePort();
    workerProcess({ url, args: ['--health-port', String(late)] });
    await answers(late, '/startupz', 200);
    expect((await ask(late, '/livez')).status).toBe(200);
    expect((await ask(late, '/readyz')).status).toBe(503);

    await ownRedis([], redis.port);
    await Promise.all([answers(port, '/readyz', 200), answers(late, '/readyz', 200)]);
  });

  it('/readyz fails while the worker is quiet or stopping', async () => {
    const { jobs, url } = await scriptedWeb();
    const { worker, port } = await healthyWorker(url);
    worker.kill('SIGTSTP');
    expect((await answers(port, '/readyz', 503)).body.reasons).toEqual(['the worker is quiet']);
    const other = await healthyWorker(url);
    const file = await temporaryFile();
    const { id } = await jobs.enqueue(ScriptedJob, { does: 'wait while', file });
    await other.worker.waitFor(new RegExp(`${id} started`));
    const ended = other.worker.stop();
    expect((await answers(other.port, '/readyz', 503)).body.reasons).toEqual(['the worker is stopping']);
    expect((await ask(other.port, '/livez')).status).toBe(200);
    await rm(file);
    expect(await ended).toBe(0);
  });

  it('/readyz lists queues that have no worker', async () => {
    const { app, jobs, url } = await scriptedWeb();
    const port = await freePort();
    const worker = workerProcess({ url, args: ['--queues', 'mailers', '--health-port', String(port)] });
    await worker.waitFor(/processor mailers/);
    await jobs.enqueue(ScriptedJob, {});
    await until('/readyz reports the queue', async () => {
      const { body } = await ask(port, '/readyz').catch(() => ({ body: {} }) as Answer);
      return JSON.stringify(body).includes('"unserved":{"queues":[{"queue":"default","jobs":1}]');
    });
    // The web process has its own watch, which checks the queues at another time than the worker's.
    await expect
      .poll(() => app.get(JobsHealthIndicator).isHealthy())
      .toMatchObject({ jobs: { status: 'up', unservedQueues: ['default'] } });
  });

  it('a worker whose health port is taken waits until the old worker has stopped', async () => {
    const { jobs, url } = await scriptedWeb();
    const { worker, port } = await healthyWorker(url);
    const { id } = await jobs.enqueue(ScriptedJob, { does: 'wait', ms: 3_000 });
    await worker.waitFor(new RegExp(`${id} started`));
    const second = workerProcess({ url, args: ['--health-port', String(port)] });
    await second.waitFor(
      /WARN .*The health port 127\.0\.0\.1:\d+ is in use.* waits for the port for up to 27 s/,
    );
    expect((await ask(port, '/livez')).body).toMatchObject({
      id: expect.stringContaining(`:${worker.pid}:`) as string,
    });
    expect(await worker.stop()).toBe(0);
    await second.waitFor(/processor default/);
    expect((await ask(port, '/livez')).body).toMatchObject({
      id: expect.stringContaining(`:${second.pid}:`) as string,
    });
    expect(await second.stop()).toBe(0);
  });

  it('a worker that waits for its health port can be stopped', async () => {
    const { url } = await scriptedWeb();
    const { port } = await healthyWorker(url);
    const second = workerProcess({ url, args: ['--health-port', String(port)] });
    await second.waitFor(/is in use/);
    expect(await second.stop()).toBe(0);
  });

  it('a worker whose health port is taken exits with 1 and a message', async () => {
    const { url } = await scriptedWeb();
    const { port } = await healthyWorker(url);
    const args = ['--health-port', String(port), '--shutdown-timeout', '1s'];
    const second = workerProcess({ url, args });
    expect(await second.ended).toBe(1);
    expect(second.lines.join('\n')).toMatch(/cannot listen on 127\.0\.0\.1:.*FLEDGE_HEALTH_PORT/);
  });
});

describe('fledge healthcheck', () => {
  it('exits with 0 for a live worker, and with 1 if it is blocked, frozen or gone', async () => {
    const { jobs, url } = await scriptedWeb();
    const { worker, port } = await healthyWorker(url);
    const env = { JOBS_HEALTH_PORT: `0.0.0.0:${port}` };
    expect(await fledge(['healthcheck'], env)).toMatchObject({ code: 0 });
    expect(await fledge(['healthcheck', '--ready'], env)).toMatchObject({ code: 0 });
    expect(await fledge(['healthcheck', '--startup', '--port', String(port)])).toMatchObject({ code: 0 });
    const file = await temporaryFile();
    const { id } = await jobs.enqueue(ScriptedJob, { does: 'block while', file });
    await worker.waitFor(new RegExp(`${id} started`));
    expect((await fledge(['healthcheck'], env)).code).toBe(1);
    await rm(file);
    await worker.waitFor(/The event loop was blocked for .* by ScriptedJob/);
    expect((await fledge(['healthcheck'], env)).code).toBe(0);
    worker.kill('SIGTSTP');
    await worker.waitFor(/quiet/);
    expect(await fledge(['healthcheck', '--ready'], env)).toMatchObject({ code: 1 });
    await worker.stop('SIGKILL');
    expect(await fledge(['healthcheck'], env)).toMatchObject({
      code: 1,
      output: expect.stringContaining('does not answer: ') as string,
    });
  });

  it('exits with 2 on wrong usage', async () => {
    expect((await fledge(['healthcheck', '--port', 'x'])).code).toBe(2);
    expect((await fledge(['healthcheck', '--redy'])).output).toContain('Did you mean "--ready"?');
    expect((await fledge(['healthcheck'], { JOBS_HEALTH_PORT: 'off' })).code).toBe(2);
  });
});

describe('the health indicator in a web application with @nestjs/terminus', () => {
  it('is up while jobs can be enqueued, and answers 503 otherwise', async () => {
    const redis = await ownRedis();

    @Controller('health')
    class HealthController {
      constructor(
        private readonly health: HealthCheckService,
        private readonly jobs: JobsHealthIndicator,
      ) {}

      @Get()
      @HealthCheck()
      check() {
        return this.health.check([() => this.jobs.isHealthy('jobs')]);
      }
    }

    @Module({
      imports: [TerminusModule.forRoot({ logger: false }), JobsModule.forRoot({ url: redis.url })],
      controllers: [HealthController],
    })
    class WebModule {}

    const app = await NestFactory.create(WebModule);
    const port = await freePort();
    await app.listen(port, '127.0.0.1');
    onTestFinished(() => app.close());
    expect(await ask(port, '/health')).toMatchObject({
      status: 200,
      body: { status: 'ok', details: { jobs: { status: 'up', roundTrip: expect.any(Number) as number } } },
    });
    await redis.stop();
    const { body } = await answers(port, '/health', 503);
    expect(body).toMatchObject({ error: { jobs: { status: 'down' } } });
    expect(JSON.stringify(body)).toContain('FLEDGE_STORE_UNREACHABLE');
  });
});
