import { Job, JobsInspector, type JobContext, type JobRecord, type JobsOptions } from 'nestjs-fledge';
import { beforeEach, describe, expect, it, onTestFinished } from 'vitest';
import { Store } from '../../src/jobs/store/store.js';
import { jobsApp, type JobsApp } from '../support/jobs-app.js';
import { until } from '../support/until.js';

class CardDeclined extends Error {
  override readonly name = 'CardDeclined';
}

/** The jobs that ran, with attempt and queue. */
const ran: string[] = [];
/** True if the failing jobs would succeed now. */
let isHealed = false;
let open: (() => void)[] = [];

@Job({ attempts: 2, backoff: '1h', aliases: ['OldCharge'] })
class ChargeJob {
  async perform({ card }: { card: string }, { attempt, attempts, queue }: JobContext): Promise<string> {
    ran.push(`${card} ${attempt}/${attempts} on ${queue}`);
    if (!isHealed && card !== 'good') throw new CardDeclined(`the bank declined ${card}`);
    return card;
  }
}

@Job({ attempts: 1 })
class FetchJob {
  async perform(_payload: { url: string }): Promise<void> {
    if (!isHealed) throw Object.assign(new Error('connect failed'), { code: 'ECONNREFUSED' });
  }
}

@Job()
class ChattyJob {
  async perform(_payload: { n: number }, { log, progress }: JobContext): Promise<{ rows: number }> {
    await log('first line');
    await log('second line');
    await progress({ row: 3 });
    return { rows: 3 };
  }
}

@Job({ unique: {} })
class UniqueJob {
  async perform(_payload: { n: number }): Promise<void> {}
}

/** Keeps a queue busy, so that other jobs wait. */
@Job()
class GateJob {
  async perform(_payload: undefined, { signal }: JobContext): Promise<void> {
    await new Promise<void>((resolve, reject) => {
      open.push(resolve);
      signal.addEventListener('abort', () => reject(signal.reason as Error));
    });
  }
}

const providers = [ChargeJob, FetchJob, ChattyJob, GateJob, UniqueJob];
const hour = 3_600_000;

interface App extends JobsApp {
  readonly inspector: JobsInspector;
  /** Keeps a queue busy. */
  readonly hold: (queue?: string) => Promise<string>;
  readonly stateOf: (id: string) => Promise<string | undefined>;
  readonly reaches: (id: string, state: string) => Promise<JobRecord>;
}

/** The inventory of each store. The same tests run on memory and on Redis. */
export function inventoryBehaviour(kind: 'memory' | 'redis', url: () => string): void {
  const start = async (options: JobsOptions = {}): Promise<App> => {
    const queues = { default: { concurrency: 1 }, other: { concurrency: 1 } };
    const app = await jobsApp({ url: url(), queues, shutdownTimeout: '500ms', ...options }, providers);
    onTestFinished(() => open.forEach((release) => release()));
    await app.worker.start();
    const inspector = app.app.get(JobsInspector);
    const stateOf = async (id: string): Promise<string | undefined> => (await inspector.find(id))?.state;
    const reaches = (id: string, state: string): Promise<JobRecord> =>
      until(`${id} is ${state}`, async () => {
        const job = await inspector.find(id);
        return job?.state === state && job;
      });
    const hold = async (queue = 'default'): Promise<string> => {
      const { id } = await app.jobs.enqueue(GateJob, undefined, { queue });
      await reaches(id, 'running');
      return id;
    };
    return { ...app, inspector, hold, stateOf, reaches };
  };
  const ids = ({ jobs }: { jobs: readonly JobRecord[] }): string[] => jobs.map(({ id }) => id);
  /** Enqueues jobs that die one after the other. */
  const kill = async (
    { jobs, reaches }: App,
    cards: readonly string[],
    queue = 'default',
  ): Promise<string[]> => {
    const dead: string[] = [];
    for (const card of cards) {
      const { id } = await jobs.enqueue(ChargeJob, { card }, { attempts: 1, queue });
      await reaches(id, 'dead');
      dead.push(id);
    }
    return dead;
  };

  beforeEach(() => {
    ran.length = 0;
    isHealed = false;
    open = [];
  });

  describe(`on ${kind}: listing and finding jobs`, () => {
    it('finds jobs in each state', async () => {
      const app = await start();
      const { jobs, inspector, reaches } = app;
      const [dead] = await kill(app, ['bad']);
      const completed = await jobs.enqueue(ChargeJob, { card: 'good' });
      await reaches(completed.id, 'completed');
      const retrying = await jobs.enqueue(ChargeJob, { card: 'bad' });
      await reaches(retrying.id, 'retrying');
      const active = await app.hold();
      const waiting = await jobs.enqueue(ChargeJob, { card: 'good' });
      const urgent = await jobs.enqueue(ChargeJob, { card: 'good' }, { priority: 1 });
      const scheduled = await jobs.enqueue(ChargeJob, { card: 'good' }, { delay: '2h' });

      expect(ids(await inspector.jobs('dead'))).toEqual([dead]);
      expect(ids(await inspector.jobs('completed'))).toEqual([completed.id]);
      expect(ids(await inspector.jobs('retrying'))).toEqual([retrying.id]);
      expect(ids(await inspector.jobs('running'))).toEqual([active]);
      expect(ids(await inspector.jobs('waiting'))).toEqual([waiting.id, urgent.id]);
      expect(ids(await inspector.jobs('scheduled'))).toEqual([scheduled.id]);
      expect(await inspector.jobs('dead', { queue: 'other' })).toEqual({ jobs: [] });
      expect(await inspector.find('none')).toBeUndefined();
    });

    it('shows all facts of a job', async () => {
      const { jobs, inspector, reaches } = await start();
      const before = Date.now();
      const { id } = await jobs.enqueue(ChattyJob, { n: 1 }, { priority: 7, delay: 20 });
      const job = await reaches(id, 'completed');
      expect(job).toEqual({
        id,
        name: 'ChattyJob',
        queue: 'default',
        state: 'completed',
        payload: { n: 1 },
        meta: {},
        attempt: 1,
        attempts: 25,
        priority: 7,
        enqueuedAt: expect.any(Date) as Date,
        dueAt: expect.any(Date) as Date,
        startedAt: expect.any(Date) as Date,
        finishedAt: expect.any(Date) as Date,
        result: { rows: 3 },
        progress: { row: 3 },
      });
      const times = [job.enqueuedAt, job.dueAt, job.startedAt, job.finishedAt].map((date) => date!.getTime());
      expect(times).toEqual(times.toSorted((a, b) => a - b));
      expect(times[0]).toBeGreaterThanOrEqual(before);
      expect(times[1]! - times[0]!).toBe(20);
      expect(await inspector.logs(id)).toEqual(['first line', 'second line']);
      await expect(inspector.logs('none')).rejects.toMatchObject({ code: 'FLEDGE_JOB_GONE' });
    });

    it('shows the error of a dead job', async () => {
      const app = await start();
      const [id] = await kill(app, ['bad']);
      const job = await app.inspector.find(id!);
      expect(job).toMatchObject({ state: 'dead', attempt: 1, attempts: 1, name: 'ChargeJob' });
      expect(job?.error).toMatchObject({ name: 'CardDeclined', message: 'the bank declined bad' });
      expect(job?.error?.stack).toContain('inventory.behaviour');
    });

    it('filters by queue, class and error', async () => {
      const app = await start();
      const { jobs, inspector, reaches } = app;
      const [one] = await kill(app, ['one']);
      const [two] = await kill(app, ['two'], 'other');
      const fetched = await jobs.enqueue(FetchJob, { url: 'x' });
      await reaches(fetched.id, 'dead');
      const found = async (query: Parameters<typeof inspector.jobs>[1]): Promise<string[]> =>
        ids(await inspector.jobs('dead', query));
      expect(await found({ queue: 'other' })).toEqual([two]);
      expect(await found({ job: ChargeJob })).toEqual([one, two]);
      expect(await found({ job: 'FetchJob' })).toEqual([fetched.id]);
      expect(await found({ error: 'CardDeclined' })).toEqual([one, two]);
      expect(await found({ error: 'ECONNREFUSED' })).toEqual([fetched.id]);
      expect(await found({ error: 'declined two' })).toEqual([two]);
      expect(await found({ job: ChargeJob, error: 'ECONNREFUSED' })).toEqual([]);
      await expect(found({ queue: 'othr' })).rejects.toThrow(/Unknown queue "othr".*Did you mean "other"/);
      class Unknown {
        async perform(): Promise<void> {}
      }
      await expect(found({ job: Unknown })).rejects.toMatchObject({ code: 'FLEDGE_JOB_NOT_REGISTERED' });
    });

    it('pages through queues, with the newest dead and the next due jobs first', async () => {
      const app = await start();
      const { jobs, inspector } = app;
      const dead = await kill(app, ['a', 'b', 'c', 'd', 'e']);
      const others = await kill(app, ['f', 'g'], 'other');
      const expected = [...dead.toReversed(), ...others.toReversed()];
      const seen: string[][] = [];
      let cursor: string | undefined;
      do {
        const page = await inspector.jobs('dead', { limit: 3, ...(cursor ? { cursor } : {}) });
        seen.push(ids(page));
        ({ cursor } = page);
      } while (cursor);
      expect(seen.flat()).toEqual(expected);
      expect(seen.map(({ length }) => length)).toEqual([3, 3, 1]);
      const each: string[] = [];
      for await (const { id } of inspector.each('dead')) each.push(id);
      expect(each).toEqual(expected);

      const late = await jobs.enqueue(ChargeJob, { card: 'good' }, { delay: '2h' });
      const soon = await jobs.enqueue(ChargeJob, { card: 'good' }, { delay: '1h' });
      const first = await inspector.jobs('scheduled', { limit: 1 });
      expect(ids(first)).toEqual([soon.id]);
      expect(ids(await inspector.jobs('scheduled', { cursor: first.cursor! }))).toEqual([late.id]);
    });

    it('continues after a job that has been removed', async () => {
      const app = await start();
      const { jobs, inspector } = app;
      await app.hold();
      const waiting: string[] = [];
      for (const card of ['a', 'b', 'c', 'd', 'e', 'f']) {
        waiting.push((await jobs.enqueue(ChargeJob, { card })).id);
      }
      const first = await inspector.jobs('waiting', { limit: 3 });
      expect(ids(first)).toEqual(waiting.slice(0, 3));
      await inspector.discard(waiting[2]!);
      await inspector.discard(waiting[0]!);
      await inspector.discard(waiting[3]!);
      const rest = await inspector.jobs('waiting', { cursor: first.cursor! });
      expect(ids(rest)).toEqual(waiting.slice(4));
    });

    it.each([
      [{ limit: 0 }, /limit is 0/],
      [{ limit: 1_001 }, /limit is 1001. Use at most 1000/],
      [{ cursor: 'what' }, /Invalid cursor/],
    ])('refuses %j', async (query, message) => {
      const { inspector } = await start();
      await expect(inspector.jobs('dead', query)).rejects.toThrow(message);
      await expect(inspector.jobs('deed' as 'dead')).rejects.toThrow(/Unknown job state "deed".*"dead"/);
    });
  });

  describe(`on ${kind}: the dead set`, () => {
    it('retries a dead job with all its attempts', async () => {
      const { jobs, inspector, reaches, event } = await start();
      const { id } = await jobs.enqueue(ChargeJob, { card: 'bad' }, { backoff: 10 });
      await reaches(id, 'dead');
      expect(ran).toEqual(['bad 1/2 on default', 'bad 2/2 on default']);
      await inspector.retry(id);
      await until('it has died again', () => ran.length === 4);
      expect(ran.slice(2)).toEqual(['bad 1/2 on default', 'bad 2/2 on default']);
      await reaches(id, 'dead');
      isHealed = true;
      await inspector.retry(id);
      expect(await reaches(id, 'completed')).toMatchObject({ attempt: 1, result: 'bad' });
      const { wait } = await event('finished', ({ outcome }) => outcome.kind === 'completed');
      expect(wait).toBeLessThan(5_000);
    });

    it('refuses to retry a job that is not dead, and names what is possible', async () => {
      const app = await start();
      const { jobs, inspector } = app;
      const { id } = await jobs.enqueue(ChargeJob, { card: 'good' }, { delay: '1h' });
      await expect(inspector.retry(id)).rejects.toMatchObject({
        code: 'FLEDGE_JOB_STATE',
        jobId: id,
        message: expect.stringContaining(
          `ChargeJob ${id} cannot be retried, because it is scheduled on default. It can be promoted, rescheduled, moved, discarded.`,
        ) as string,
      });
      const active = await app.hold();
      await expect(inspector.discard(active)).rejects.toThrow(/s running .*Wait until it has ended/);
      await expect(inspector.retry('none')).rejects.toMatchObject({ code: 'FLEDGE_JOB_GONE' });
    });

    it('retries all dead jobs or the matching ones', async () => {
      const app = await start();
      const { jobs, inspector, reaches } = app;
      const [one, two] = await kill(app, ['one', 'two']);
      const [three] = await kill(app, ['three'], 'other');
      const fetched = await jobs.enqueue(FetchJob, { url: 'x' });
      await reaches(fetched.id, 'dead');
      isHealed = true;
      expect(await inspector.retryAll({ job: FetchJob })).toBe(1);
      await reaches(fetched.id, 'completed');
      expect(await inspector.retryAll({ queue: 'other', error: 'CardDeclined' })).toBe(1);
      await reaches(three!, 'completed');
      expect(await inspector.retryAll()).toBe(2);
      for (const id of [one!, two!]) await reaches(id, 'completed');
      expect(await inspector.retryAll()).toBe(0);
    });

    it('retries a job only once if it dies again during retryAll', async () => {
      const app = await start();
      await kill(app, ['a', 'b', 'c', 'd']);
      expect(await app.inspector.retryAll()).toBe(4);
      await until('all have died again', async () => ids(await app.inspector.jobs('dead')).length === 4);
      expect(ran).toHaveLength(8);
    });

    it('discards a dead job, all, or the matching ones', async () => {
      const app = await start();
      const { inspector, stateOf } = app;
      const [one, , three] = await kill(app, ['one', 'two', 'three']);
      await inspector.discard(one!);
      expect(await stateOf(one!)).toBeUndefined();
      await expect(inspector.discard(one!)).rejects.toMatchObject({ code: 'FLEDGE_JOB_GONE' });
      expect(await inspector.discardAll('dead', { error: 'declined two' })).toBe(1);
      expect(ids(await inspector.jobs('dead'))).toEqual([three]);
      expect(await inspector.discardAll('dead')).toBe(1);
      await expect(inspector.discardAll('running' as 'dead')).rejects.toThrow(/Running jobs cannot/);
    });

    it('discards jobs in every other state', async () => {
      const app = await start();
      const { jobs, inspector, reaches } = app;
      const done = await jobs.enqueue(ChargeJob, { card: 'good' });
      await reaches(done.id, 'completed');
      const failed = await jobs.enqueue(ChargeJob, { card: 'bad' });
      await reaches(failed.id, 'retrying');
      await app.hold();
      for (let i = 0; i < 30; i++) await jobs.enqueue(ChargeJob, { card: i % 2 ? 'odd' : 'good' });
      await jobs.enqueue(FetchJob, { url: 'x' });
      await jobs.enqueue(ChargeJob, { card: 'good' }, { delay: '1h' });
      expect(await inspector.discardAll('waiting', { job: FetchJob })).toBe(1);
      expect(await inspector.discardAll('waiting')).toBe(30);
      expect(await inspector.discardAll('scheduled')).toBe(1);
      expect(await inspector.discardAll('retrying', { error: 'CardDeclined' })).toBe(1);
      expect(await inspector.discardAll('completed')).toBe(1);
      expect((await inspector.queues())[0]).toMatchObject({ size: 0, scheduled: 0, running: 1, dead: 0 });
    });
  });

  describe(`on ${kind}: edits`, () => {
    it('promotes scheduled and retrying jobs', async () => {
      const { jobs, inspector, reaches, events } = await start();
      const scheduled = await jobs.enqueue(ChargeJob, { card: 'good' }, { delay: '1h', expiresIn: '1m' });
      await inspector.promote(scheduled.id);
      await reaches(scheduled.id, 'completed');
      const failed = await jobs.enqueue(ChargeJob, { card: 'bad' });
      await reaches(failed.id, 'retrying');
      isHealed = true;
      await inspector.promote(failed.id);
      expect(await reaches(failed.id, 'completed')).toMatchObject({ attempt: 2 });
      const waits = events.flatMap((event) => (event.type === 'started' ? [event.wait] : []));
      expect(waits.filter((wait) => wait >= hour)).toEqual([]);
      await expect(inspector.promote(failed.id)).rejects.toThrow(/is completed on default.*can be discarded/);
    });

    it('reschedules a job to a later or an earlier time', async () => {
      const { jobs, inspector, reaches, event } = await start();
      const { id } = await jobs.enqueue(ChargeJob, { card: 'good' }, { delay: '1h', expiresIn: '1m' });
      const at = new Date(Date.now() + 5 * hour);
      await inspector.reschedule(id, at);
      expect(await inspector.find(id)).toMatchObject({ state: 'scheduled', dueAt: at });
      await inspector.reschedule(id, { delay: 100 });
      await reaches(id, 'completed');
      const { wait } = await event('started', (started) => started.id === id);
      expect(wait).toBeLessThan(hour);

      const failed = await jobs.enqueue(ChargeJob, { card: 'bad' });
      await reaches(failed.id, 'retrying');
      await inspector.reschedule(failed.id, at);
      expect(await inspector.find(failed.id)).toMatchObject({ state: 'retrying', dueAt: at, attempt: 1 });
      isHealed = true;
      await inspector.reschedule(failed.id, Date.now() - 1_000);
      await reaches(failed.id, 'completed');
      await expect(inspector.reschedule(failed.id, { delay: '1h' })).rejects.toMatchObject({
        code: 'FLEDGE_JOB_STATE',
      });
      await expect(inspector.reschedule(failed.id, NaN)).rejects.toMatchObject({
        code: 'FLEDGE_OPTION_INVALID',
      });
    });

    it('moves a waiting job to another queue, which runs it', async () => {
      const app = await start();
      const { jobs, inspector, reaches } = app;
      await app.hold();
      const { id } = await jobs.enqueue(ChargeJob, { card: 'good' });
      const urgent = await jobs.enqueue(ChargeJob, { card: 'good' }, { priority: 2 });
      await inspector.move(id, 'other');
      await inspector.move(urgent.id, 'other');
      expect(await reaches(id, 'completed')).toMatchObject({ queue: 'other', payload: { card: 'good' } });
      expect(await reaches(urgent.id, 'completed')).toMatchObject({ queue: 'other', priority: 2 });
      expect(ran).toEqual(['good 1/2 on other', 'good 1/2 on other']);
      expect(ids(await inspector.jobs('waiting'))).toEqual([]);
    });

    it('moves dead, scheduled and retrying jobs without changing their state', async () => {
      const app = await start();
      const { jobs, inspector, reaches } = app;
      const [dead] = await kill(app, ['bad']);
      const scheduled = await jobs.enqueue(ChargeJob, { card: 'good' }, { delay: '1h' });
      const retrying = await jobs.enqueue(ChargeJob, { card: 'bad' });
      await reaches(retrying.id, 'retrying');
      const before = [dead!, scheduled.id, retrying.id];
      const records = await Promise.all(before.map((id) => inspector.find(id)));
      for (const id of before) await inspector.move(id, 'other');
      const after = await Promise.all(before.map((id) => inspector.find(id)));
      expect(after).toEqual(records.map((record) => ({ ...record, queue: 'other' })));
      expect((await inspector.queues()).map(({ scheduled, dead }) => [scheduled, dead])).toEqual([
        [0, 0],
        [2, 1],
      ]);
      isHealed = true;
      await inspector.promote(scheduled.id);
      await inspector.promote(retrying.id);
      await inspector.retry(dead!);
      for (const id of before) await reaches(id, 'completed');
      expect(ran.filter((line) => line.endsWith('other'))).toHaveLength(3);
    });

    it('moves a unique job with its lock, unless the target queue has one with the same key', async () => {
      const { jobs, inspector, reaches } = await start();
      const first = await jobs.enqueue(UniqueJob, { n: 1 }, { delay: '1h' });
      await inspector.move(first.id, 'other');
      const again = { delay: '1h', queue: 'other' } as const;
      expect(await jobs.enqueue(UniqueJob, { n: 1 }, again)).toMatchObject({ duplicateOf: first.id });
      const second = await jobs.enqueue(UniqueJob, { n: 1 }, { delay: '1h' });
      expect(second.status).toBe('enqueued');
      await expect(inspector.move(second.id, 'other')).rejects.toThrow(/the same unique key/);
      expect(await inspector.find(second.id)).toMatchObject({ state: 'scheduled', queue: 'default' });
      await inspector.promote(first.id);
      await reaches(first.id, 'completed');
      await inspector.move(second.id, 'other');
      await inspector.discard(second.id);
      expect(await jobs.enqueue(UniqueJob, { n: 1 }, again)).toMatchObject({ status: 'enqueued' });
    });

    it('refuses an undeclared queue, and a job that is running or completed', async () => {
      const app = await start();
      const { jobs, inspector, reaches } = app;
      const { id } = await jobs.enqueue(ChargeJob, { card: 'good' }, { delay: '1h' });
      await expect(inspector.move(id, 'elsewhere')).rejects.toMatchObject({
        code: 'FLEDGE_QUEUE_UNDECLARED',
      });
      await inspector.move(id, 'default');
      await inspector.promote(id);
      await reaches(id, 'completed');
      await expect(inspector.move(id, 'other')).rejects.toMatchObject({ code: 'FLEDGE_JOB_STATE' });
      await expect(inspector.move(await app.hold(), 'other')).rejects.toMatchObject({
        code: 'FLEDGE_JOB_STATE',
      });
    });
  });

  describe(`on ${kind}: retention`, () => {
    it('keeps the configured number of jobs', async () => {
      const app = await start({ retention: { completed: { count: 2 }, dead: { count: 1 } } });
      const { jobs, inspector, reaches, event } = app;
      const [, second] = await kill(app, ['a', 'b']);
      expect(ids(await inspector.jobs('dead'))).toEqual([second]);
      const done: string[] = [];
      for (let i = 0; i < 3; i++) {
        done.push((await jobs.enqueue(ChargeJob, { card: 'good' })).id);
        await reaches(done[i]!, 'completed');
      }
      expect(ids(await inspector.jobs('completed'))).toEqual([done[2], done[1]]);
      expect(await jobs.enqueue(ChargeJob, { card: 'good' }, { id: done[2]! })).toMatchObject({
        status: 'duplicate',
      });
      await event('finished');
    });

    it('counts the kept jobs that finished in a span', async () => {
      const app = await start();
      const { inventory } = app.app.get(Store);
      const [first, second] = await kill(app, ['a', 'b']);
      const done = await app.jobs.enqueue(ChargeJob, { card: 'good' });
      await app.reaches(done.id, 'completed');
      const finished = async (id: string | undefined): Promise<number> =>
        (await app.inspector.find(id!))!.finishedAt!.getTime();
      const [one, two] = [await finished(first), await finished(second)];
      const dead = (after: number, until: number): Promise<number> =>
        inventory.countFinished('default', 'dead', { after, until });
      expect(await dead(0, Date.now() + hour)).toBe(2);
      // The lower bound is not a part of the span, and the upper bound is.
      expect(await dead(one - 1, two)).toBe(2);
      expect(await dead(one - 1, one)).toBe(one === two ? 2 : 1);
      expect(await dead(two, Date.now() + hour)).toBe(0);
      expect(await inventory.countFinished('default', 'completed', { after: one - 1, until: Infinity })).toBe(
        1,
      );
      expect(await inventory.countFinished('other', 'dead', { after: 0, until: Infinity })).toBe(0);
    });

    it('keeps no completed jobs if count is 0', async () => {
      const { jobs, inspector, event } = await start({ retention: { completed: { count: 0 } } });
      const { id } = await jobs.enqueue(ChargeJob, { card: 'good' });
      await event('finished', (finished) => finished.id === id);
      await until('it is forgotten', async () => (await inspector.find(id)) === undefined);
    });

    it.each([
      [{ dead: { count: 0 } }, /every job that dies would be lost.*@Job\(\{ dead: false \}\)/],
      [{ completed: { count: -1 } }, /retention.completed.count is -1/],
      [{ completed: { age: 20 } }, /retention.completed.age is 20. Use a duration from 1 s/],
    ])('refuses %j', async (retention, message) => {
      await expect(start({ retention })).rejects.toThrow(message);
    });
  });
}
