/* Compiled but never run. `test/types.test.ts` checks which lines compile and which do not. */
import { createJobsClient, job, mailer } from 'nestjs-fledge/client';
import type { JobContext } from 'nestjs-fledge';
import type { Mail } from 'nestjs-fledge/mailers';

// A client imports the application's classes only as types. These stand for such classes.
declare class ChargeJob {
  perform(payload: { orderId: string; cents?: number }, context: JobContext): Promise<number>;
}
declare class CleanupJob {
  perform(): Promise<void>;
}
declare class WithDate {
  perform(payload: { at: Date }): Promise<void>;
}
declare class UserMailer {
  welcome(payload: { userId: string }): Promise<Mail>;
  digest(): Promise<Mail>;
  readonly signature: string;
}
declare class NoJob {
  run(): void;
}

const jobs = createJobsClient({
  url: 'redis://localhost',
  jobs: {
    ChargeJob: job<ChargeJob>({ queue: 'billing', unique: { by: ['orderId'] } }),
    CleanupJob: job<CleanupJob>(),
    WithDate: job<WithDate>(),
  },
  mailers: { UserMailer: mailer<UserMailer>() },
});

void jobs.enqueue('ChargeJob', { orderId: 'x' });
void jobs.enqueue('ChargeJob', { orderId: 'x', cents: 1 }, { delay: '1m', unique: { by: ['cents'] } });
void jobs.enqueue('CleanupJob');
void jobs.enqueue('CleanupJob', undefined, { delay: 1 });
void jobs.enqueueAll('ChargeJob', [{ orderId: 'x' }], ({ orderId }) => ({ priority: orderId.length }));
void jobs.cancel('01900000-0000-7000-8000-000000000000', { reason: 'x' });
void jobs.cancelAll('ChargeJob');
void jobs
  .mail('UserMailer')
  .welcome({ userId: 'x' })
  .deliverLater({ unique: { by: ['userId'] } });
void jobs.mail('UserMailer').welcome.deliverAllLater([{ userId: 'x' }]);
void jobs.mail('UserMailer').digest().deliverLater();
await using other = createJobsClient({ jobs: { CleanupJob: job<CleanupJob>() } });
void other.enqueue('CleanupJob');

// A JSON file, as the compiler reads it.
declare const manifest: {
  queues: string[];
  jobs: {
    ChargeJob: { queue: string; priority: number };
    CleanupJob: { queue: string; unique: { by: string[]; until: string; mode: string } };
    InviteJob: { queue: string; unique: { by: string; until: string; mode: string; for: number } };
  };
  mailers: { UserMailer: { actions: string[] } };
};
void createJobsClient({ manifest, jobs: { ChargeJob: job<ChargeJob>() } }).enqueue('ChargeJob', {
  orderId: 'x',
});
// @ts-expect-error -- the manifest has no queues
createJobsClient({ manifest: { jobs: {}, mailers: {} } });

// @ts-expect-error -- the payload is missing
void jobs.enqueue('ChargeJob');
// @ts-expect-error -- the payload has another type
void jobs.enqueue('ChargeJob', { orderId: 1 });
// @ts-expect-error -- the job is unknown
void jobs.enqueue('ChargeJbo', { orderId: 'x' });
// @ts-expect-error -- JSON changes a Date
void jobs.enqueue('WithDate', { at: new Date() });
// @ts-expect-error -- the payload has no such field
void jobs.enqueue('ChargeJob', { orderId: 'x' }, { unique: { by: ['order'] } });
// @ts-expect-error -- the payload of a bulk has another type
void jobs.enqueueAll('ChargeJob', [{ orderId: 1 }]);
// @ts-expect-error -- the class is unknown
void jobs.cancelAll('Nothing');
// @ts-expect-error -- the mailer is unknown
void jobs.mail('Nobody');
// @ts-expect-error -- the action is unknown
void jobs.mail('UserMailer').goodbye();
// @ts-expect-error -- a property is not an action
void jobs.mail('UserMailer').signature();
// @ts-expect-error -- the payload of the mail has another type
void jobs.mail('UserMailer').welcome({ userId: 1 });
// @ts-expect-error -- a client does not send mails itself
void jobs.mail('UserMailer').digest().deliverNow();
// @ts-expect-error -- the client has no mailers
void other.mail('UserMailer');
// @ts-expect-error -- attempts come from the class
void job<ChargeJob>({ attempts: 3 });
// @ts-expect-error -- the payload of the class has no such field
void job<ChargeJob>({ unique: { by: ['order'] } });
// @ts-expect-error -- a class without perform is not a job
void job<NoJob>();
const untyped = createJobsClient({ jobs: { A: job() }, mailers: { A: mailer() } });
// @ts-expect-error -- the type of the class is missing, so no payload is accepted
void untyped.enqueue('A', { n: 1 });
// @ts-expect-error -- the type of the class is missing, so there is no action
void untyped.mail('A').welcome();
