import { Job, JobsInspector, schedule, type JobContext } from 'nestjs-fledge';
import { Mailer, MailersModule, MailersService, type Mail } from 'nestjs-fledge/mailers';
import { inject, onTestFinished } from 'vitest';
import { jobsApp, privateUrl, type JobsApp } from './jobs-app.js';
import { until } from './until.js';

@Job({ attempts: 1 })
export class ImportCustomersFromCsvJob {
  async perform(): Promise<void> {
    throw new TypeError(
      'the column "Größe" of 顧客名簿.csv has the value 漢字漢字 in row 1234, which is not a number',
    );
  }
}

@Job({ attempts: 5, backoff: '7d' })
export class ChargeCardJob {
  async perform(): Promise<void> {
    throw new Error('the bank did not answer');
  }
}

@Job()
export class PatientJob {
  static end: () => void = () => undefined;
  /** Ignores its signal. */
  async perform(): Promise<void> {
    await new Promise<void>((resolve) => (PatientJob.end = resolve));
  }
}

@Job()
export class NoteJob {
  async perform(_payload: { note: string }, { log }: JobContext): Promise<void> {
    await log('noted');
  }
}

@Mailer()
export class UserMailer {
  async welcome(): Promise<Mail> {
    return { to: 'ada@example.test', subject: 'Welcome', text: 'Hello.' };
  }
}

export const day = 24 * 3_600_000;

/** The ids of a job in each state. */
export interface BusyStore extends JobsApp {
  readonly url: string;
  readonly inspector: JobsInspector;
  readonly ids: Readonly<
    Record<'dead' | 'completed' | 'retrying' | 'running' | 'waiting' | 'mail' | 'scheduled', string>
  >;
}

/** A store with a job in each state, a mail, two schedules, and a worker whose only slot is taken. */
export async function busyStore(): Promise<BusyStore> {
  const url = privateUrl(inject('redisUrl'));
  const entries = [
    schedule(
      NoteJob,
      { note: 'tick' },
      { name: 'nightly-notes', cron: '0 3 1 1 *', timezone: 'Europe/Berlin', queue: 'mailers' },
    ),
    schedule(NoteJob, { note: 'tock' }, { name: 'paused', every: '20d' }),
  ];
  const app = await jobsApp(
    { url, queues: { default: { concurrency: 1 }, mailers: {} }, schedules: entries, app: 'shop' },
    [ImportCustomersFromCsvJob, ChargeCardJob, PatientJob, NoteJob, UserMailer],
    [MailersModule.forRoot({ from: 'shop@example.test', transport: 'memory:' })],
  );
  const { jobs, worker, event } = app;
  const inspector = app.app.get(JobsInspector);
  await worker.start();
  onTestFinished(() => PatientJob.end());
  const reached = async (id: string, state: string): Promise<string> => {
    await until(`${id} is ${state}`, async () => (await inspector.find(id))?.state === state);
    return id;
  };
  const dead = await reached((await jobs.enqueue(ImportCustomersFromCsvJob)).id, 'dead');
  const completed = await reached((await jobs.enqueue(NoteJob, { note: 'secret' })).id, 'completed');
  const retrying = await reached((await jobs.enqueue(ChargeCardJob)).id, 'retrying');
  const running = (await jobs.enqueue(PatientJob)).id;
  await event('started', ({ id }) => id === running);
  const waiting = (await jobs.enqueue(NoteJob, { note: 'secret' })).id;
  const { id: mail } = await app.app
    .get(MailersService)
    .for(UserMailer)
    .welcome()
    .deliverLater({ queue: 'default' });
  const scheduled = (await jobs.enqueue(NoteJob, { note: 'later' }, { delay: '10d' })).id;
  await until('the schedules are planned', async () =>
    (await inspector.schedules()).every(({ next }) => next),
  );
  await inspector.pauseSchedule('paused');
  return { ...app, url, inspector, ids: { dead, completed, retrying, running, waiting, mail, scheduled } };
}
