import { Injectable } from '@nestjs/common';
import {
  DiscardJob,
  Job,
  JobAborted,
  KillJob,
  SnoozeJob,
  type FailureHandler,
  type JobContext,
  type JobEvent,
  type JobFailure,
  type JobMiddleware,
} from 'nestjs-fledge';
import { AsyncLocalStorage } from 'node:async_hooks';
import { once } from 'node:events';
import { createServer } from 'node:http';
import { describe, expect, it } from 'vitest';
import { jobsApp, type JobsApp } from '../support/jobs-app.js';

class BankError extends Error {
  override name = 'BankError';
  constructor(readonly status: number) {
    super(`the bank answered ${status}`);
  }
}
class RateLimited extends BankError {}
class AccountClosed extends BankError {}

/** What the bank answers next. */
const answers: number[] = [];
const bank = {
  async transfer(_transferId: string): Promise<void> {
    const status = answers.shift() ?? 200;
    if (status === 429) throw new RateLimited(status);
    if (status === 410) throw new AccountClosed(status);
    if (status !== 200) throw new BankError(status);
  },
};

// #region attempts
@Job({ attempts: 5, backoff: ['10s', '1m', '10m'] })
export class SendTransferJob {
  async perform({ transferId }: { transferId: string }): Promise<void> {
    await bank.transfer(transferId);
  }
}
// #endregion

// #region retry-for
@Job({ retryFor: '2d', backoff: { type: 'exponential', delay: '5s', max: '1h', jitter: 0.2 } })
export class ReportToBankJob {
  async perform({ transferId }: { transferId: string }): Promise<void> {
    await bank.transfer(transferId);
  }
}
// #endregion

// #region backoff-function
@Job({ backoff: (attempt, error) => (error instanceof RateLimited ? '5m' : attempt * 1_000) })
export class PollBankJob {
  async perform({ transferId }: { transferId: string }): Promise<void> {
    await bank.transfer(transferId);
  }
}
// #endregion

// #region retry-on
@Job({
  attempts: 5,
  retryOn: [{ error: RateLimited, attempts: 100, delay: '1m' }],
  discardOn: [AccountClosed],
})
export class CollectFeeJob {
  async perform({ transferId }: { transferId: string }): Promise<void> {
    await bank.transfer(transferId);
  }
}
// #endregion

const orders = new Map([
  ['paid', { isPaid: true, isFraud: false }],
  ['open', { isPaid: false, isFraud: false }],
  ['stolen', { isPaid: true, isFraud: true }],
]);

// #region control-errors
@Job()
export class ShipOrderJob {
  async perform({ orderId }: { orderId: string }): Promise<void> {
    const order = orders.get(orderId);
    if (!order) throw new DiscardJob('the order was deleted');
    if (!order.isPaid) throw new SnoozeJob('10m', 'not paid yet');
    if (order.isFraud) throw new KillJob('the card was reported stolen');
    // … ship it
  }
}
// #endregion

const sent: string[] = [];
const scopes = new AsyncLocalStorage<{ job?: string }>();
/** Sentry's SDK as far as the guide uses it. test/neighbours/modules/sentry.ts has the same code with the real one. */
const Sentry = {
  withIsolationScope: <Result>(call: () => Result): Result => scopes.run({}, call),
  setTag: (name: 'job', value: string): void =>
    void Object.assign(scopes.getStore() ?? {}, { [name]: value }),
  captureException: (_error: Error) => sent.push(`sentry: ${scopes.getStore()?.job ?? 'no job'}`),
};

// #region handlers
@Injectable()
export class ErrorReporter implements FailureHandler {
  onError({ error }: JobFailure): void {
    Sentry.captureException(error);
  }

  onDeath({ job, error }: JobFailure): void {
    sent.push(`page the operator: ${job.name} is dead (${error.message})`);
  }
}
// #endregion

// #region isolation
export const isolateJobs: JobMiddleware = {
  handle: ({ context }, next) =>
    Sentry.withIsolationScope(() => {
      Sentry.setTag('job', context.name);
      return next();
    }),
};
// #endregion

// #region class-handler
@Job({ attempts: 1 })
export class RefundJob implements FailureHandler<{ orderId: string }> {
  async perform({ orderId }: { orderId: string }): Promise<void> {
    await bank.transfer(orderId);
  }

  /** In the worker, when no further attempt follows. */
  async onDeath({ payload }: JobFailure<{ orderId: string }>): Promise<void> {
    sent.push(`notify the customer of ${payload.orderId}`);
  }
}
// #endregion

// #region notes
@Job()
export class PayOutJob {
  async perform({ transferId }: { transferId: string }, { notes, note }: JobContext): Promise<void> {
    if (!notes.paid) {
      await bank.transfer(transferId);
      await note('paid', true);
    }
    await tellCustomer(transferId);
  }
}
// #endregion

/** Fails the first time. */
async function tellCustomer(transferId: string): Promise<void> {
  if (sent.push(`notify ${transferId}`) === 1) throw new Error('no connection');
}

// #region timeout
@Job({ timeout: '30s', retryOn: [{ error: JobAborted, attempts: 2, delay: '1m' }] })
export class CrawlJob {
  async perform({ url }: { url: string }, { signal }: JobContext): Promise<string> {
    const response = await fetch(url, { signal });
    return response.text();
  }
}
// #endregion

// #region expires-in
@Job({ expiresIn: '15m' })
export class SendLoginCodeJob {
  async perform({ userId }: { userId: string }): Promise<void> {
    sent.push(`code for ${userId}`);
  }
}
// #endregion

type Finished = Extract<JobEvent, { type: 'finished' }>;

export function failureGuide(kind: string, url: () => string): void {
  const providers = [
    SendTransferJob,
    ReportToBankJob,
    PollBankJob,
    CollectFeeJob,
    ShipOrderJob,
    RefundJob,
    PayOutJob,
    SendLoginCodeJob,
    CrawlJob,
    ErrorReporter,
  ];
  const start = async (next: number[] = []): Promise<JobsApp> => {
    answers.splice(0, answers.length, ...next);
    sent.length = 0;
    // #region handlers-registered
    const options = { url: url(), handlers: [ErrorReporter], middleware: [isolateJobs] };
    // #endregion
    const app = await jobsApp(options, providers);
    await app.worker.start();
    return app;
  };
  const outcome = async (app: JobsApp, name: string): Promise<Finished['outcome']> =>
    (await app.event('finished', (event) => event.name === name)).outcome;
  const transferId = 't1';

  describe(`docs/jobs.md, when things go wrong, on ${kind}`, () => {
    it('attempts with a list of delays', async () => {
      const app = await start([500]);
      await app.jobs.enqueue(SendTransferJob, { transferId });
      expect(await outcome(app, 'SendTransferJob')).toMatchObject({ kind: 'failed', retryIn: 10_000 });
    });

    it('retryFor', async () => {
      const app = await start([500]);
      await app.jobs.enqueue(ReportToBankJob, { transferId });
      const { attempts, outcome } = await app.event('finished');
      expect(attempts).toBe(Infinity);
      const { retryIn } = outcome as { retryIn: number };
      expect(retryIn).toBeGreaterThanOrEqual(4_000);
      expect(retryIn).toBeLessThanOrEqual(5_000);
    });

    it('a backoff function', async () => {
      const app = await start([429]);
      await app.jobs.enqueue(PollBankJob, { transferId });
      expect(await outcome(app, 'PollBankJob')).toMatchObject({ kind: 'failed', retryIn: 300_000 });
    });

    it('notes', async () => {
      const app = await start([200, 500]);
      await app.jobs.enqueue(PayOutJob, { transferId }, { backoff: 1 });
      await app.event('finished', ({ outcome }) => outcome.kind === 'completed');
      expect(sent).toEqual(['notify t1', 'sentry: PayOutJob', 'notify t1']);
      expect(answers).toEqual([500]);
    });

    it('retry options of one call', async () => {
      const app = await start([500]);
      const { jobs } = app;
      // #region per-call
      await jobs.enqueue(SendTransferJob, { transferId }, { attempts: 3, backoff: '5s', timeout: '20s' });
      // #endregion
      expect(await app.event('finished')).toMatchObject({ attempts: 3, outcome: { retryIn: 5_000 } });
    });

    it('retryOn and discardOn', async () => {
      const app = await start([429]);
      await app.jobs.enqueue(CollectFeeJob, { transferId });
      expect(await outcome(app, 'CollectFeeJob')).toMatchObject({ kind: 'failed', retryIn: 60_000 });
      const other = await start([410]);
      await other.jobs.enqueue(CollectFeeJob, { transferId });
      expect(await outcome(other, 'CollectFeeJob')).toMatchObject({
        kind: 'discarded',
        error: { message: 'the bank answered 410' },
      });
    });

    it.each([
      ['gone', { kind: 'discarded' }],
      ['open', { kind: 'snoozed', delay: 600_000 }],
      ['stolen', { kind: 'killed' }],
      ['paid', { kind: 'completed' }],
    ])('control errors: order %s', async (orderId, expected) => {
      const app = await start();
      await app.jobs.enqueue(ShipOrderJob, { orderId });
      expect(await outcome(app, 'ShipOrderJob')).toMatchObject(expected);
    });

    it('failure handlers of the application and of the class', async () => {
      const app = await start([500]);
      await app.jobs.enqueue(RefundJob, { orderId: 'o7' });
      await app.event('finished');
      await app.close();
      expect(sent).toEqual([
        'sentry: RefundJob',
        'notify the customer of o7',
        'page the operator: RefundJob is dead (the bank answered 500)',
      ]);
    });

    it('expiresIn', async () => {
      const app = await start();
      await app.jobs.enqueue(SendLoginCodeJob, { userId: 'u1' });
      expect(await outcome(app, 'SendLoginCodeJob')).toMatchObject({ kind: 'completed' });
    });

    it('timeout', async () => {
      const app = await start();
      const silent = createServer(() => undefined).listen(0, '127.0.0.1');
      await once(silent, 'listening');
      const { port } = silent.address() as { port: number };
      const site = `http://127.0.0.1:${port}/`;
      await app.jobs.enqueue(CrawlJob, { url: site }, { timeout: '100ms' });
      expect(await outcome(app, 'CrawlJob')).toMatchObject({
        kind: 'failed',
        retryIn: 60_000,
        error: { code: 'FLEDGE_JOB_TIMEOUT', reason: 'timeout' },
      });
      silent.closeAllConnections();
      silent.close();
    });
  });
}
