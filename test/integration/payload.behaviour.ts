import {
  BulkEnqueueError,
  Job,
  JobsInspector,
  type EnqueueCall,
  type EnqueueMiddleware,
  type JobMiddleware,
  type JobsOptions,
} from 'nestjs-fledge';
import { Mailer, MailersModule, MailersService, type Mail } from 'nestjs-fledge/mailers';
import { beforeEach, describe, expect, it } from 'vitest';
import { jobsApp, type JobsApp } from '../support/jobs-app.js';
import { RecordingTransport } from '../support/mail-app.js';
import { until } from '../support/until.js';

interface Numbered {
  i: number;
  at?: unknown;
}

const ran: unknown[] = [];

@Job()
class NumberJob {
  async perform(payload: Numbered): Promise<void> {
    ran.push(payload);
  }
}

@Job({ unique: { by: ['i'] } })
class UniqueJob {
  async perform(payload: Numbered): Promise<void> {
    ran.push(payload);
  }
}

@Job({ unique: {} })
class WholeJob {
  async perform(payload: Numbered): Promise<void> {
    ran.push(payload);
  }
}

@Mailer()
class NumberMailer {
  async number({ i }: Numbered): Promise<Mail> {
    return { to: `u${i}@example.test`, subject: 'Number', text: String(i) };
  }
}

/** Called by the enqueue middleware. Each test sets its own function. */
let handle: EnqueueMiddleware['handle'];
const middleware: EnqueueMiddleware = { handle: (call, next) => handle(call, next) };

/** Encryption as an application may do it: the same payload never has the same text twice. */
let encryptions = 0;
const encrypt = (payload: unknown): object => ({ nonce: ++encryptions, text: btoa(JSON.stringify(payload)) });
const decrypting: JobMiddleware = {
  async handle(call, next) {
    const { text } = call.payload as { text: string };
    Object.assign(call, { payload: JSON.parse(atob(text)) as unknown });
    return next();
  },
};

/** Yields the same object each time, as careless code does. */
function* reused(): Generator<Numbered> {
  const payload = { i: 0 };
  for (let i = 1; i <= 5; i++) {
    payload.i = i;
    yield payload;
  }
}

const microtasks = async (n: number): Promise<void> => {
  for (let i = 0; i < n; i++) await Promise.resolve();
};

/**
 * The stored payload is the caller's payload at the call, whatever happens to the object later. The same tests run on
 * each store.
 */
export function payloadBehaviour(kind: string, url: () => string): void {
  const start = async (options: JobsOptions = {}): Promise<JobsApp> => {
    const app = await jobsApp({ url: url(), ...options }, [NumberJob, UniqueJob, WholeJob]);
    await app.worker.start();
    return app;
  };
  const performed = async (count: number): Promise<unknown[]> => {
    await until(`${count} ran, not ${JSON.stringify(ran)}`, () => ran.length >= count);
    return ran.toSorted((a, b) => (a as Numbered).i - (b as Numbered).i);
  };

  beforeEach(() => {
    ran.length = 0;
    handle = (_, next) => next();
  });

  describe(`on ${kind}: a payload object that is reused`, () => {
    it('is stored in its state at each enqueue', async () => {
      const { jobs } = await start();
      await Promise.all(mapped(reused(), (payload) => jobs.enqueue(NumberJob, payload)));
      expect(await performed(5)).toEqual([1, 2, 3, 4, 5].map((i) => ({ i })));
    });

    it('is stored in its state at each yield of a generator', async () => {
      const { jobs } = await start();
      await jobs.enqueueAll(NumberJob, reused(), ({ i }) => ({ priority: i }));
      expect(await performed(5)).toEqual([1, 2, 3, 4, 5].map((i) => ({ i })));
    });

    it('is refused alone, and the other payloads keep their content', async () => {
      const { jobs } = await start();
      function* payloads(): Generator<Numbered> {
        for (const payload of reused()) {
          payload.at = payload.i === 3 ? new Date() : undefined;
          yield payload;
        }
      }
      const error = await jobs.enqueueAll(NumberJob, payloads()).catch((thrown: unknown) => thrown);
      const { receipts } = error as BulkEnqueueError;
      expect(receipts.map(({ status }) => status)).toEqual(
        [1, 2, 3, 4, 5].map((i) => (i === 3 ? 'failed' : 'enqueued')),
      );
      expect(receipts[2]!.error).toMatchObject({ code: 'FLEDGE_PAYLOAD_INVALID' });
      expect(await performed(4)).toEqual([1, 2, 4, 5].map((i) => ({ i })));
    });

    it('is read once', async () => {
      const { jobs } = await start({ enqueueMiddleware: [middleware] });
      let reads = 0;
      const payload = {
        get i() {
          return ++reads;
        },
      };
      await jobs.enqueue(NumberJob, payload);
      await jobs.enqueue(UniqueJob, payload);
      await jobs.enqueueAll(WholeJob, [payload, payload]);
      expect(await performed(4)).toEqual([{ i: 1 }, { i: 2 }, { i: 3 }, { i: 4 }]);
      expect(reads).toBe(4);
    });

    it('results in one mail for each state', async () => {
      const recorder = new RecordingTransport();
      const module = MailersModule.forRoot({ from: 'a@example.test', transport: recorder });
      const { app, worker } = await jobsApp({ url: url() }, [NumberMailer], [module]);
      await worker.start();
      const { number } = app.get(MailersService).for(NumberMailer);
      await Promise.all(mapped(reused(), (payload) => number(payload).deliverLater()));
      await number.deliverAllLater(reused(), ({ i }) => ({ priority: i }));
      await Promise.all(mapped(reused(), (payload) => number(payload).deliverNow()));
      await until('all were sent', () => recorder.sent.length === 15);
      const addresses = recorder.sent.map(({ to }) => to[0]!.address).toSorted();
      expect(addresses).toEqual([1, 2, 3, 4, 5].flatMap((i) => Array(3).fill(`u${i}@example.test`)));
    });
  });

  describe(`on ${kind}: a payload that is changed after the call`, () => {
    it.each([0, 1, 2, 3, 4, 5, 6, 7, 8])(
      'is stored in its state at the call, %i microtasks later',
      async (n) => {
        // The first use of a queue takes longest, because the queue must be opened.
        const { jobs } = await start();
        const payload: Numbered = { i: n };
        const enqueued = jobs.enqueue(UniqueJob, payload);
        if (n > 0) await microtasks(n);
        Object.assign(payload, { i: -1, at: new Date(0), large: 'x'.repeat(700_000) });
        await enqueued;
        expect(await performed(1)).toEqual([{ i: n }]);
      },
    );

    it('is locked as unique in its state at the call', async () => {
      const { jobs } = await jobsApp({ url: url() }, [UniqueJob]);
      const later = { delay: '1h' } as const;
      const payload: Numbered = { i: 1 };
      const enqueued = jobs.enqueue(UniqueJob, payload, later);
      payload.i = 2;
      const { id } = await enqueued;
      expect(await jobs.enqueue(UniqueJob, { i: 1 }, later)).toMatchObject({ duplicateOf: id });
      expect(await jobs.enqueue(UniqueJob, { i: 2 }, later)).toMatchObject({ status: 'enqueued' });
    });

    it('is performed in its state at the call', async () => {
      const { jobs } = await start();
      const payload: Numbered = { i: 1 };
      const done = jobs.perform(NumberJob, payload);
      payload.i = 2;
      await done;
      expect(ran).toEqual([{ i: 1 }]);
    });

    it('is not changed by a unique.by function', async () => {
      const { jobs } = await start();
      const by = (payload: Numbered): number => {
        payload.at = new Date();
        return payload.i;
      };
      const payload: Numbered = { i: 1 };
      await jobs.enqueue(NumberJob, payload, { unique: { by } });
      expect(payload).toEqual({ i: 1 });
      expect(await performed(1)).toEqual([{ i: 1 }]);
    });
  });

  describe(`on ${kind}: enqueue middleware`, () => {
    const withMiddleware = (options: JobsOptions = {}): Promise<JobsApp> =>
      start({ enqueueMiddleware: [middleware], ...options });

    it('gets the caller’s payload, however long it takes', async () => {
      const { jobs } = await withMiddleware();
      const seen: unknown[] = [];
      handle = async (call, next) => {
        await microtasks(20);
        seen.push(structuredClone(call.payload));
        return next();
      };
      await Promise.all(mapped(reused(), (payload) => jobs.enqueue(NumberJob, payload)));
      expect(seen).toEqual([1, 2, 3, 4, 5].map((i) => ({ i })));
      expect(await performed(5)).toEqual(seen);
    });

    it.each<[string, (call: EnqueueCall) => void]>([
      ['assigns another payload', (call) => (call.payload = { i: 7 })],
      ['changes its copy of the payload', (call) => ((call.payload as Numbered).i = 7)],
    ])('%s, and the result is stored', async (_, change) => {
      const { jobs } = await withMiddleware();
      handle = (call, next) => {
        change(call);
        return next();
      };
      const payload = { i: 1 };
      await jobs.enqueue(NumberJob, payload);
      expect(await performed(1)).toEqual([{ i: 7 }]);
      expect(payload).toEqual({ i: 1 });
    });

    it.each<[string, (call: EnqueueCall) => void]>([
      ['assigns', (call) => (call.payload = { i: 1, at: new Date() })],
      ['makes', (call) => ((call.payload as Numbered).at = new Date())],
    ])('%s a payload that JSON would change, which is refused', async (_, change) => {
      const { jobs } = await withMiddleware();
      handle = (call, next) => {
        change(call);
        return next();
      };
      await expect(jobs.enqueue(NumberJob, { i: 1 })).rejects.toMatchObject({
        code: 'FLEDGE_PAYLOAD_INVALID',
        message: expect.stringContaining('payload.at is a Date') as string,
      });
    });

    it('makes the payload too large, which is refused', async () => {
      const { jobs } = await withMiddleware({ payloadLimit: { refuse: 100 } });
      handle = (call, next) => {
        call.payload = { i: 1, at: 'x'.repeat(100) };
        return next();
      };
      await expect(jobs.enqueue(NumberJob, { i: 1 })).rejects.toMatchObject({
        code: 'FLEDGE_PAYLOAD_TOO_LARGE',
      });
    });

    it('cannot change the payload after next()', async () => {
      const { jobs } = await withMiddleware();
      handle = async (call, next) => {
        const payload = call.payload as Numbered;
        call.meta.tenant = 'acme';
        const added = next();
        payload.i = 7;
        call.payload = { i: 8 };
        return added;
      };
      await jobs.enqueue(NumberJob, { i: 1 });
      expect(await performed(1)).toEqual([{ i: 1 }]);
    });

    it('can change the other fields of a call, as events and the store show', async () => {
      const { jobs, event, app } = await withMiddleware();
      handle = (call, next) => {
        Object.assign(call, { queue: 'mailers', delay: 3_600_000 });
        return next();
      };
      const { id, queue } = await jobs.enqueue(NumberJob, { i: 1 });
      expect(queue).toBe('mailers');
      expect(await event('enqueued')).toMatchObject({ queue: 'mailers', delay: 3_600_000 });
      expect(await app.get(JobsInspector).find(id)).toMatchObject({
        queue: 'mailers',
        state: 'scheduled',
        payload: { i: 1 },
      });
    });

    it('is not called for a refused payload', async () => {
      const { jobs } = await withMiddleware();
      let calls = 0;
      handle = (_, next) => {
        calls++;
        return next();
      };
      await expect(jobs.enqueue(NumberJob, { i: 1, at: 1n })).rejects.toMatchObject({
        code: 'FLEDGE_PAYLOAD_INVALID',
      });
      expect(calls).toBe(0);
    });

    it('can encrypt, and unique still compares the callers’ payloads', async () => {
      const { jobs, app, worker } = await jobsApp(
        { url: url(), enqueueMiddleware: [middleware], middleware: [decrypting] },
        [WholeJob, UniqueJob],
      );
      handle = (call, next) => {
        call.payload = encrypt(call.payload);
        return next();
      };
      const later = { delay: '1h' } as const;
      const first = await jobs.enqueue(WholeJob, { i: 1 }, later);
      expect(await jobs.enqueue(WholeJob, { i: 1 }, later)).toMatchObject({ duplicateOf: first.id });
      const second = await jobs.enqueue(WholeJob, { i: 2 }, later);
      expect(second.status).toBe('enqueued');
      const third = await jobs.enqueue(UniqueJob, { i: 3 }, later);
      expect(await jobs.enqueue(UniqueJob, { i: 3 }, later)).toMatchObject({ duplicateOf: third.id });
      const inspector = app.get(JobsInspector);
      const stored = await inspector.find(first.id);
      expect(stored!.payload).toEqual({ nonce: expect.any(Number) as number, text: btoa('{"i":1}') });
      await worker.start();
      for (const { id } of [first, second, third]) await inspector.promote(id);
      expect(await performed(3)).toEqual([{ i: 1 }, { i: 2 }, { i: 3 }]);
    });
  });
}

function* mapped<T, R>(items: Iterable<T>, map: (item: T) => R): Generator<R> {
  for (const item of items) yield map(item);
}
