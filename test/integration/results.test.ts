import { Redis } from 'ioredis';
import { Job, type JobContext } from 'nestjs-fledge';
import { describe, expect, inject, it, onTestFinished } from 'vitest';
import { jobsApp, privateUrl } from '../support/jobs-app.js';
import { ownRedis } from '../support/redis-server.js';
import { until } from '../support/until.js';
import { resultsBehaviour } from './results.behaviour.js';

resultsBehaviour('memory', () => 'memory:');
resultsBehaviour('redis', () => privateUrl(inject('redisUrl')));

interface Size {
  readonly kind: 'result' | 'progress';
  readonly bytes: number;
}

@Job({ attempts: 1 })
class RenderJob {
  async perform({ kind, bytes }: Size, { progress }: JobContext): Promise<string | undefined> {
    if (kind === 'progress') await progress({ text: 'p'.repeat(bytes) });
    return kind === 'result' ? 'r'.repeat(bytes) : undefined;
  }
}

describe('the stream of BullMQ’s events', () => {
  const many = (kind: Size['kind'], bytes: number, count = 150): Size[] =>
    Array.from({ length: count }, () => ({ kind, bytes }));

  it.each([
    ['results of 1 MB', many('result', 1_000_000)],
    ['results of 500 KB', many('result', 500_000)],
    ['results of 50 KB', many('result', 50_000)],
    ['progress of 400 KB', many('progress', 400_000)],
    [
      'results of all sizes',
      [500_000, 1_000, 60_000, 5_000, 200_000].flatMap((bytes) => many('result', bytes, 60)),
    ],
  ])('has a few megabytes at most, with %s', async (_, sizes) => {
    const redis = await ownRedis();
    const keepNone = { completed: { count: 0 }, dead: { count: 1 } };
    const { jobs, worker, events } = await jobsApp(
      { url: redis.url, queues: { default: {} }, retention: keepNone },
      [RenderJob],
    );
    const client = new Redis(redis.port);
    onTestFinished(() => client.disconnect());
    await jobs.enqueueAll(RenderJob, sizes);
    await worker.start();
    await until(
      'all have run',
      () => events.filter(({ type }) => type === 'finished').length === sizes.length,
    );
    await until('all are acknowledged', async () => (await client.llen('{fledge}:default:active')) === 0);
    // The trims are sent after the acknowledgements.
    await expect
      .poll(() => client.memory('USAGE', '{fledge}:default:events', 'SAMPLES', 0))
      .toBeLessThan(8 * 1024 * 1024);
  });

  it('keeps a thousand events of small results', async () => {
    const redis = await ownRedis();
    const { jobs, worker, events } = await jobsApp({ url: redis.url, queues: { default: {} } }, [RenderJob]);
    const client = new Redis(redis.port);
    onTestFinished(() => client.disconnect());
    await jobs.enqueueAll(RenderJob, many('result', 100, 600));
    await worker.start();
    await until('all have run', () => events.filter(({ type }) => type === 'finished').length === 600);
    expect(await client.xlen('{fledge}:default:events')).toBeGreaterThanOrEqual(1_000);
  });
});
