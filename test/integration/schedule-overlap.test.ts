import { Job, type JobContext } from 'nestjs-fledge';
import { describe, expect, inject, it } from 'vitest';
import { jobsApp, privateUrl } from '../support/jobs-app.js';

let runs: string[] = [];
let first: number | undefined;
let release: () => void = () => undefined;
let released: Promise<void>;

/** The run of the first tick fails once. The later ones last until all are released. */
@Job({ every: '1s', overlap: 'skip', attempts: 5, backoff: '3s', queue: 'ticks' })
class BillJob {
  async perform(_payload: undefined, { tick, attempt }: JobContext): Promise<void> {
    const at = tick?.getTime();
    first ??= at;
    runs.push(`${at === first ? 'first' : 'later'}, attempt ${attempt}`);
    if (at !== first) await released;
    else if (attempt === 1) throw new Error('no connection');
  }
}

describe.each([
  ['in memory', () => 'memory:'],
  ['on Redis', () => privateUrl(inject('redisUrl'))],
])("overlap: 'skip' %s", (_, url) => {
  it('a retry waits until a later run has ended, and is not dropped', async () => {
    [runs, first] = [[], undefined];
    released = new Promise((resolve) => (release = resolve));
    const { worker, event } = await jobsApp({ url: url(), queues: { ticks: { concurrency: 5 } } }, [BillJob]);
    await worker.start();
    const { id: retried } = await event('finished', ({ outcome }) => outcome.kind === 'failed');
    const ended = (kind: string): ReturnType<typeof event<'finished'>> =>
      event('finished', ({ id, outcome }) => id === retried && outcome.kind === kind);
    // The second tick is due a second after the first, and the retry three seconds after it.
    expect((await ended('snoozed')).outcome).toMatchObject({ reason: { code: 'FLEDGE_TICK_OVERLAP' } });
    expect(runs).toEqual(['first, attempt 1', 'later, attempt 1']);
    release();
    expect((await ended('completed')).attempt).toBe(2);
    expect(runs).toContain('first, attempt 2');
  });
});
