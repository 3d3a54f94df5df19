import { Injectable } from '@nestjs/common';
import type { EnqueueMiddleware, JobCall, JobMiddleware } from 'nestjs-fledge';
import { describe, expect, it } from 'vitest';
import { Counter, FlakyJob, Journal, NoteJob, storeFixture } from './store-fixture.js';

@Injectable()
class OuterMiddleware implements JobMiddleware {
  constructor(private readonly journal: Journal) {}
  async handle({ context }: JobCall, next: () => Promise<unknown>): Promise<unknown> {
    this.journal.order.push(`outer > ${context.meta.tenant ?? 'no tenant'}`);
    const result = await next();
    this.journal.order.push('outer <');
    return result;
  }
}

@Injectable()
class InnerMiddleware implements JobMiddleware {
  constructor(
    private readonly counter: Counter,
    private readonly journal: Journal,
  ) {}
  async handle(_call: JobCall, next: () => Promise<unknown>): Promise<unknown> {
    this.journal.order.push(this.counter ? 'inner' : 'inner without its dependency');
    return next();
  }
}

const stamp: EnqueueMiddleware = {
  async handle(call, next) {
    call.meta.tenant = 'acme';
    return next();
  },
};

const veto: EnqueueMiddleware = {
  async handle(call, next) {
    if ((call.payload as { note?: string } | undefined)?.note === 'forbidden') return;
    return next();
  },
};

/** Middleware of both sides, and jobs that run with perform. The same tests run on memory and on Redis. */
export function middlewareBehaviour(kind: 'memory' | 'redis', url: () => string): void {
  const { start } = storeFixture(url);

  describe(`on ${kind}: middleware`, () => {
    it('runs both sides with the outermost first, and passes meta between them', async () => {
      const { jobs, event, journal } = await start(
        { middleware: [OuterMiddleware, InnerMiddleware], enqueueMiddleware: [stamp] },
        [OuterMiddleware, InnerMiddleware],
      );
      await jobs.enqueue(NoteJob, { note: 'wrapped' });
      await event('finished');
      expect(journal.order).toEqual(['outer > acme', 'inner', 'outer <']);
    });

    it('vetoes only if next() was not called, whatever it returns', async () => {
      const silent: EnqueueMiddleware = {
        async handle(_call, next) {
          await next();
        },
      };
      const { jobs, performed } = await start({ enqueueMiddleware: [silent] });
      expect(await jobs.enqueue(NoteJob, { note: 'silent' })).toMatchObject({ status: 'enqueued' });
      await performed('silent');
    });

    it('can veto one job of an enqueueAll', async () => {
      const { jobs, event, journal, performed } = await start({ enqueueMiddleware: [veto] });
      expect(await jobs.enqueue(NoteJob, { note: 'forbidden' })).toMatchObject({ status: 'vetoed' });
      const receipts = await jobs.enqueueAll(NoteJob, [{ note: 'a' }, { note: 'forbidden' }, { note: 'b' }]);
      expect(receipts.map(({ status }) => status)).toEqual(['enqueued', 'vetoed', 'enqueued']);
      await event('bulk-enqueued', ({ count }) => count === 2);
      await performed('a', 'b');
      expect(journal.ran).not.toContain('forbidden');
    });
  });

  describe(`on ${kind}: perform`, () => {
    it('returns the job’s result, through middleware and JSON', async () => {
      const { jobs, journal } = await start({ middleware: [OuterMiddleware] }, [OuterMiddleware]);
      await expect(jobs.perform(NoteJob, { note: 'now' })).resolves.toBe('now');
      expect(journal.order).toEqual(['outer > no tenant', 'outer <']);
    });

    it('throws the job’s error and does not retry', async () => {
      const { jobs, journal } = await start();
      await expect(jobs.perform(FlakyJob, { until: 9 })).rejects.toThrow('not yet: 1');
      expect(journal.ran).toEqual(['attempt 1 of 1']);
    });
  });
}
