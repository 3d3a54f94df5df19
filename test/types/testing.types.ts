/* Uses of the testing kit that must or must not compile. `test/types.test.ts` compiles this file and never runs it. */
import { Job } from 'nestjs-fledge';
import { Mailer, type Mail } from 'nestjs-fledge/mailers';
import {
  assertDelivered,
  assertEnqueued,
  assertMailEnqueued,
  assertNotDelivered,
  assertNotEnqueued,
  assertPerformed,
  type JobMatchers,
  type TestJobs,
} from 'nestjs-fledge/testing';
import 'nestjs-fledge/testing/jest';
import 'nestjs-fledge/testing/vitest';
import { expect } from 'vitest';

interface Row {
  id: number;
  tags?: readonly string[];
}

@Job()
class ImportJob {
  async perform(_payload: {
    importId: string;
    at: [number, number];
    rows: Row[];
    dry?: boolean;
  }): Promise<number> {
    return 1;
  }
}

@Job()
class BillJob {
  async perform(
    _payload: { kind: 'card'; token: string } | { kind: 'invoice'; days: number },
  ): Promise<void> {}
}

@Job()
class CleanupJob {
  async perform(): Promise<void> {}
}

@Mailer()
class UserMailer {
  readonly sender = 'hello@acme.test';
  async welcome(_payload: { userId: string }): Promise<Mail> {
    return { to: 'ada@example.test' };
  }
  async digest(): Promise<Mail> {
    return { to: 'ada@example.test' };
  }
}

export function assertions(jobs: TestJobs): void {
  assertEnqueued(jobs, CleanupJob);
  assertEnqueued(jobs, ImportJob, { payload: { importId: 'a' }, delay: '10m', times: 1 });
  assertEnqueued(jobs, ImportJob, { payload: { importId: /^a/, rows: [{ id: 1 }, { tags: ['x', /y/] }] } });
  assertEnqueued(jobs, ImportJob, { payload: { rows: (rows) => rows.length > 1, dry: true } });
  assertEnqueued(jobs, ImportJob, { payload: ({ at: [x, y] }) => x < y });
  assertEnqueued(jobs, ImportJob, { payload: expect.objectContaining({ importId: 'a' }) });
  assertEnqueued(jobs, ImportJob, { payload: { asymmetricMatch: () => true }, at: new Date() });
  assertEnqueued(jobs, BillJob, { payload: { days: 3 } });
  assertEnqueued(jobs, BillJob, { payload: (bill) => bill.kind === 'card' && bill.token === 't' });
  assertPerformed(jobs, ImportJob, { outcome: 'crashed', attempt: 2 });
  assertPerformed(jobs, ImportJob, { error: RangeError, result: (n) => n > 1 });
  assertDelivered(jobs);
  assertDelivered(jobs, { to: ['a@acme.test', { address: 'b@acme.test' }, /c@/], mailer: UserMailer });
  assertDelivered(jobs, { mailer: UserMailer, action: 'digest', attachment: { content: Buffer.from('a') } });
  assertMailEnqueued(jobs, UserMailer, 'welcome', { payload: { userId: /^u/ }, delay: '1h' });
  assertMailEnqueued(jobs, UserMailer, 'digest');

  // @ts-expect-error not a job
  assertEnqueued(jobs, UserMailer);
  // @ts-expect-error the payload has no such field
  assertEnqueued(jobs, ImportJob, { payload: { id: 'a' } });
  // @ts-expect-error the field has another type
  assertEnqueued(jobs, ImportJob, { payload: { importId: 1 } });
  // @ts-expect-error a number is not text
  assertEnqueued(jobs, ImportJob, { payload: { rows: [{ id: /1/ }] } });
  // @ts-expect-error no such kind
  assertEnqueued(jobs, BillJob, { payload: { kind: 'cash' } });
  // @ts-expect-error not a duration
  assertEnqueued(jobs, ImportJob, { delay: 'soon' });
  // @ts-expect-error no such option
  assertEnqueued(jobs, ImportJob, { attempts: 3 });
  // @ts-expect-error assertNotEnqueued has no times
  assertNotEnqueued(jobs, ImportJob, { times: 1 });
  // @ts-expect-error not an outcome
  assertPerformed(jobs, ImportJob, { outcome: 'dead' });
  // @ts-expect-error the result has another type
  assertPerformed(jobs, ImportJob, { result: 'x' });
  // @ts-expect-error no such action
  assertDelivered(jobs, { mailer: UserMailer, action: 'sender' });
  // @ts-expect-error an action needs its mailer
  assertDelivered(jobs, { action: 'welcome' });
  // @ts-expect-error a mail has no such field
  assertNotDelivered(jobs, { body: 'x' });
  // @ts-expect-error no such action
  assertMailEnqueued(jobs, UserMailer, 'welcom');
  // @ts-expect-error the payload of another action
  assertMailEnqueued(jobs, UserMailer, 'digest', { payload: { userId: 'u' } });
}

export function matchersOfVitest(jobs: TestJobs): void {
  expect(jobs).toHaveEnqueued(ImportJob, { importId: expect.any(String) }, { queue: 'imports' });
  expect(jobs).not.toHavePerformed(CleanupJob, undefined, { outcome: 'failed' });
  expect(jobs).toHaveDelivered(/welcome/i);
  expect(jobs).toHaveDelivered({ mailer: UserMailer, action: 'welcome', to: 'a@acme.test' });
  expect(jobs).toHaveEnqueuedMail(UserMailer, 'welcome', { userId: 'u' }, { times: 1 });
  // @ts-expect-error the payload has no such field
  expect(jobs).toHaveEnqueued(ImportJob, { id: 'a' });
  // @ts-expect-error options come after the payload
  expect(jobs).toHavePerformed(ImportJob, { outcome: 'failed' });
  // @ts-expect-error no such action
  expect(jobs).toHaveEnqueuedMail(UserMailer, 'sender');
}

/** Jest's types have the same matchers both ways. */
export function matchersOfJest(global: jest.Matchers<void, TestJobs>, imported: JobMatchers): void {
  global.toHaveEnqueued(ImportJob, { importId: 'a' });
  imported.toHaveEnqueued(ImportJob, { importId: 'a' });
  // @ts-expect-error the payload has no such field
  global.toHaveEnqueued(ImportJob, { id: 'a' });
}
