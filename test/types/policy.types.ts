/* Compiled but never run. `test/types.test.ts` checks which options of a job compile and which do not. */
import {
  Job,
  KillJob,
  SnoozeJob,
  type EnqueueOptions,
  type JobsService,
  type PolicyOptions,
} from 'nestjs-fledge';

class HttpError extends Error {
  constructor(readonly status: number) {
    super(String(status));
  }
}

abstract class AbstractError extends Error {}

@Job({
  attempts: 3,
  backoff: ['1s', '5m', 20_000],
  retryOn: [
    { error: HttpError, attempts: 9, delay: (attempt) => attempt * 1_000 },
    { error: [RangeError, AbstractError] },
  ],
  discardOn: [TypeError],
  timeout: '30s',
  expiresIn: '1d',
  dead: false,
  unique: { by: ['orderId'], for: '1h', until: 'start', mode: 'replace' },
})
class FullJob {
  async perform(_payload: { orderId: string; note?: string }): Promise<void> {
    throw new SnoozeJob('5m');
  }
}

@Job({ retryFor: '2d', backoff: { type: 'exponential', delay: '1s', max: '1h', jitter: 0.5 } })
class SpanJob {
  async perform(): Promise<void> {
    throw new KillJob('why', { cause: new Error('because') });
  }
}

@Job({ unique: { by: ['a'] } })
export class UnionJob {
  async perform(_payload: { a: string } | { a: number; b: string }): Promise<void> {}
}

@Job({ unique: { by: (payload: { a: string }) => payload.a } })
export class FunctionJob {
  async perform(_payload: { a: string }): Promise<void> {}
}

@Job({ unique: {} })
export class AnyJob {
  async perform(_payload: unknown): Promise<void> {}
}

// @ts-expect-error a count or a span, not both
@Job({ attempts: 3, retryFor: '1h' })
export class BothTrials {
  async perform(): Promise<void> {}
}

// @ts-expect-error no such unit
@Job({ timeout: '5 minutes' })
export class NoUnit {
  async perform(): Promise<void> {}
}

// @ts-expect-error no such unit in the list
@Job({ backoff: ['1s', '1 minute'] })
export class NoUnitInList {
  async perform(): Promise<void> {}
}

// @ts-expect-error no such type of backoff
@Job({ backoff: { type: 'linear', delay: '1s' } })
export class NoType {
  async perform(): Promise<void> {}
}

// @ts-expect-error what is fixed does not grow
@Job({ backoff: { type: 'fixed', delay: '1s', max: '1h' } })
export class GrowingFixed {
  async perform(): Promise<void> {}
}

// @ts-expect-error not a class of errors
@Job({ discardOn: [Date] })
export class NoErrorClass {
  async perform(): Promise<void> {}
}

// @ts-expect-error an error, not its class
@Job({ retryOn: [{ error: new HttpError(429) }] })
export class AnInstance {
  async perform(): Promise<void> {}
}

// @ts-expect-error the payload has no such field
@Job({ unique: { by: ['order'] } })
export class NoField {
  async perform(_payload: { orderId: string }): Promise<void> {}
}

// @ts-expect-error until start or done
@Job({ unique: { until: 'end' } })
export class NoSuchEnd {
  async perform(): Promise<void> {}
}

// @ts-expect-error it waits for the one that runs
@Job({ unique: { mode: 'last', until: 'start' } })
export class LastUntilStart {
  async perform(): Promise<void> {}
}

// @ts-expect-error no such option
@Job({ retries: 3 })
export class NoSuchOption {
  async perform(): Promise<void> {}
}

export async function calls(jobs: JobsService): Promise<void> {
  const payload = { orderId: 'o1' };
  const receipt = await jobs.enqueue(FullJob, payload, { retryFor: '1h', backoff: '5s', unique: false });
  await jobs.enqueue(FullJob, payload, { unique: { by: ['note'] }, expiresIn: '1m', timeout: 500 });
  await jobs.enqueueAll(FullJob, [payload], { attempts: 2, unique: { by: ['orderId'] } });
  await jobs.cancel(receipt);
  await jobs.cancel(receipt.id, { reason: 'no longer needed' });
  await jobs.cancel(SpanJob);
  // A function that wraps an enqueue may have its options without the job class.
  const held: EnqueueOptions = { delay: '5m', unique: false };
  await jobs.enqueue(FullJob, payload, held);

  // @ts-expect-error one or the other
  await jobs.enqueue(FullJob, payload, { delay: '1s', at: new Date() });
  // @ts-expect-error one or the other
  await jobs.enqueue(FullJob, payload, { attempts: 2, retryFor: '1h' });
  // @ts-expect-error a function does not travel
  await jobs.enqueue(FullJob, payload, { backoff: () => '1s' });
  // @ts-expect-error neither do classes
  await jobs.enqueue(FullJob, payload, { discardOn: [TypeError] });
  // @ts-expect-error the payload has no such field
  await jobs.enqueue(FullJob, payload, { unique: { by: ['order'] } });
  // @ts-expect-error not a job, nor its id
  await jobs.cancel(7);
  // @ts-expect-error no duration
  throw new SnoozeJob('soon');
}

// @ts-expect-error contradicts itself in the defaults, too
export const defaults: PolicyOptions = { attempts: 1, retryFor: '1s' };
