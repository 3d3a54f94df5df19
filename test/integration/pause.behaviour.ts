import { Job, JobsInspector, type JobContext, type JobRecord, type JobsOptions } from 'nestjs-fledge';
import { Mailer, MailersModule, MailersService, type Mail } from 'nestjs-fledge/mailers';
import { beforeEach, describe, expect, it } from 'vitest';
import { jobsApp, type JobsApp } from '../support/jobs-app.js';
import { RecordingTransport } from '../support/mail-app.js';
import { until } from '../support/until.js';

const ran: string[] = [];
let release: () => void = () => undefined;

@Job({ aliases: ['OldImport'], backoff: 1 })
class ImportJob {
  async perform({ note, does }: { note: string; does?: 'waits' }, context: JobContext) {
    ran.push(`${note} ${context.attempt}`);
    if (does === 'waits') await new Promise<void>((resolve) => (release = resolve));
    if (does && context.attempt === 1) throw new Error('once more');
  }
}

@Job()
class OtherJob {
  async perform({ note }: { note: string }): Promise<void> {
    ran.push(note);
  }
}

@Job({ every: '1s' })
class TickingJob {
  async perform(_: undefined, { tick }: JobContext): Promise<void> {
    ran.push(`tick ${tick?.getTime()}`);
  }
}

@Mailer()
class GuestMailer {
  async welcome(): Promise<Mail> {
    return { to: 'ada@example.test', subject: 'Welcome', text: 'Hello.' };
  }
  async farewell(): Promise<Mail> {
    return { to: 'ada@example.test', subject: 'Farewell', text: 'Bye.' };
  }
}

interface PauseApp extends JobsApp {
  readonly inspector: JobsInspector;
  /** Pauses jobs, and waits until the worker knows it. */
  readonly pause: (job: Parameters<JobsInspector['pauseJob']>[0], name?: string) => Promise<void>;
  /** Waits until the job is put off, and returns its record. */
  readonly waits: (id: string, state?: string) => Promise<JobRecord>;
}

/** Pausing queues and jobs. The same tests run on each store. */
export function pauseBehaviour(kind: 'memory' | 'redis', url: () => string): void {
  const start = async (
    jobs: (new () => object)[] = [],
    options: JobsOptions = {},
    imports: object[] = [],
  ): Promise<PauseApp> => {
    const app = await jobsApp({ url: url(), ...options }, [ImportJob, OtherJob, ...jobs], imports);
    const inspector = app.app.get(JobsInspector);
    await app.worker.start();
    const pause: PauseApp['pause'] = async (job, name = typeof job === 'string' ? job : job.name) => {
      expect(await inspector.pauseJob(job)).toBe(true);
      if (kind === 'redis') await app.event('worker-paused', (event) => event.name === name);
    };
    const waits: PauseApp['waits'] = (id, state = 'scheduled') =>
      until(`${id} waits, ${state}`, async () => {
        const job = await inspector.find(id);
        return job?.state === state && job.paused && job;
      });
    return { ...app, inspector, pause, waits };
  };
  const performed = (what: string): Promise<unknown> =>
    until(`${what} ran, not only ${ran.join(', ')}`, () => ran.includes(what));

  beforeEach(() => void (ran.length = 0));

  describe(`on ${kind}: jobs of a paused class`, () => {
    it('wait in all queues without using up an attempt, while other jobs go on', async () => {
      const { jobs, inspector, pause, waits, events } = await start();
      await pause(ImportJob);
      const before = Date.now();
      const one = await jobs.enqueue(ImportJob, { note: 'one' });
      const two = await jobs.enqueue(ImportJob, { note: 'two' }, { queue: 'mailers', priority: 3 });
      await jobs.enqueue(OtherJob, { note: 'other' });
      await jobs.enqueue(OtherJob, { note: 'other mailer' }, { queue: 'mailers' });
      await performed('other');
      await performed('other mailer');
      for (const { id, queue } of [one, two]) {
        const job = await waits(id);
        expect(job).toMatchObject({ queue, attempt: 0 });
        // An operator sees when the job was due, and not when the worker looks at it again.
        expect(job.dueAt?.getTime()).toBeLessThanOrEqual(Date.now());
        expect(job.dueAt?.getTime()).toBeGreaterThanOrEqual(before - 1_000);
      }
      const listed = (await inspector.jobs('scheduled')).jobs.map(({ id, paused }) => ({ id, paused }));
      expect(listed).toEqual([one, two].map(({ id }) => ({ id, paused: true })));
      expect(await inspector.resumeJob(ImportJob)).toBe(true);
      await performed('one 1');
      await performed('two 1');
      expect(ran.slice(0, 2).sort()).toEqual(['other', 'other mailer']);
      const waited = events.filter((event) => event.type === 'finished' && event.name === 'ImportJob');
      expect(waited.map((event) => event.type === 'finished' && event.outcome.kind)).toContain('completed');
      expect(await inspector.paused()).toEqual([]);
    });

    it('end if they are running, and wait with their retries', async () => {
      const { jobs, inspector, pause, waits } = await start();
      const { id } = await jobs.enqueue(ImportJob, { note: 'runs', does: 'waits' });
      await performed('runs 1');
      await pause(ImportJob);
      release();
      expect(await waits(id, 'retrying')).toMatchObject({
        attempt: 1,
        error: { message: 'once more' },
      });
      await inspector.resumeJob(ImportJob);
      await performed('runs 2');
      release();
    });

    it('keep their unique locks', async () => {
      const { jobs, inspector, pause, waits } = await start();
      await pause(ImportJob);
      const unique = { by: ['note' as const], until: 'start' as const };
      const first = await jobs.enqueue(ImportJob, { note: 'only' }, { unique });
      await waits(first.id);
      expect(await jobs.enqueue(ImportJob, { note: 'only' }, { unique })).toMatchObject({
        status: 'duplicate',
        duplicateOf: first.id,
      });
      await inspector.resumeJob(ImportJob);
      await performed('only 1');
      expect((await jobs.enqueue(ImportJob, { note: 'only' }, { unique })).status).toBe('enqueued');
    });

    it('can be cancelled, and moved to another queue, while they wait', async () => {
      const { jobs, inspector, pause, waits } = await start();
      await pause(ImportJob);
      const cancelled = await jobs.enqueue(ImportJob, { note: 'cancelled' });
      const moved = await jobs.enqueue(ImportJob, { note: 'moved' });
      await waits(cancelled.id);
      await waits(moved.id);
      expect(await jobs.cancel(cancelled)).toMatchObject({ removed: 1 });
      await inspector.move(moved.id, 'mailers');
      expect(await waits(moved.id)).toMatchObject({ queue: 'mailers' });
      await inspector.resumeJob(ImportJob);
      await performed('moved 1');
      expect(ran).toEqual(['moved 1']);
    });

    it('keep the time to which an operator moves them', async () => {
      const { jobs, inspector, pause, waits } = await start();
      await pause(ImportJob);
      const later = await jobs.enqueue(ImportJob, { note: 'later' });
      const now = await jobs.enqueue(ImportJob, { note: 'now' });
      await waits(later.id);
      await waits(now.id);
      const at = Date.now() + 3_600_000;
      await inspector.reschedule(later.id, at);
      expect((await inspector.find(later.id))?.dueAt?.getTime()).toBe(at);
      await inspector.resumeJob(ImportJob);
      await performed('now 1');
      expect(await inspector.find(later.id)).toMatchObject({ state: 'scheduled', dueAt: new Date(at) });
      expect(await inspector.find(later.id)).not.toHaveProperty('paused');
    });

    it('are dropped if they expire while they wait', async () => {
      const { jobs, inspector, pause, waits, event } = await start();
      await pause(ImportJob);
      const { id } = await jobs.enqueue(ImportJob, { note: 'stale' }, { expiresIn: 1 });
      const fresh = await jobs.enqueue(ImportJob, { note: 'fresh' }, { expiresIn: '1h' });
      await waits(fresh.id);
      await inspector.resumeJob(ImportJob);
      await event('finished', (one) => one.id === id && one.outcome.kind === 'expired');
      await performed('fresh 1');
      expect(ran).toEqual(['fresh 1']);
    });
  });

  describe(`on ${kind}: pausing mails`, () => {
    const mailStart = async () => {
      const transport = new RecordingTransport();
      const from = 'shop@example.test';
      const app = await start([GuestMailer], {}, [MailersModule.forRoot({ from, transport })]);
      const mailer = app.app.get(MailersService).for(GuestMailer);
      const subjects = (): string[] => transport.sent.map(({ subject }) => subject);
      const sent = (...expected: string[]): Promise<unknown> =>
        until(`${expected.join()} is sent, not only ${subjects().join()}`, () =>
          expected.every((subject) => subjects().includes(subject)),
        );
      return { ...app, mailer, subjects, sent };
    };

    it('concerns one action of a mailer', async () => {
      const { mailer, pause, waits, inspector, sent, subjects } = await mailStart();
      await pause('GuestMailer.welcome');
      const { id } = await mailer.welcome().deliverLater();
      await mailer.farewell().deliverLater();
      await waits(id);
      await sent('Farewell');
      expect(subjects()).toEqual(['Farewell']);
      await inspector.resumeJob('GuestMailer.welcome');
      await sent('Welcome');
    });

    it('concerns all actions of a mailer', async () => {
      const { mailer, pause, waits, inspector, sent, subjects } = await mailStart();
      await pause('GuestMailer');
      await waits((await mailer.welcome().deliverLater()).id);
      await waits((await mailer.farewell().deliverLater()).id);
      expect(subjects()).toEqual([]);
      await inspector.resumeJob('GuestMailer');
      await sent('Welcome', 'Farewell');
    });
  });

  describe(`on ${kind}: a schedule of a paused class`, () => {
    it('keeps one run, which starts when the class is resumed', async () => {
      const { inspector, pause, event, events } = await start([TickingJob]);
      await pause(TickingJob);
      ran.length = 0;
      const putOff = await event(
        'finished',
        ({ name, outcome }) => name === 'TickingJob' && outcome.kind === 'snoozed',
      );
      const isDropped = (one: (typeof events)[number]): boolean =>
        one.type === 'finished' && one.name === 'TickingJob' && one.outcome.kind === 'expired';
      await until('two more ticks are dropped', () => events.filter(isDropped).length >= 2);
      const dropped = events.find(isDropped);
      expect(dropped).toMatchObject({ outcome: { reason: { code: 'FLEDGE_TICK_OVERLAP' } } });
      // The next tick may be due and not dropped yet.
      await until('only the first run waits', async () => {
        const { jobs } = await inspector.jobs('scheduled');
        const late = jobs.filter(({ dueAt }) => dueAt && dueAt.getTime() < Date.now());
        return late.length === 1 && late[0]?.id === putOff.id;
      });
      await inspector.resumeJob(TickingJob);
      await performed(`tick ${putOff.id.split(':').at(-1)}`);
      await until('it ticks again', () => ran.length >= 3);
    });
  });

  describe(`on ${kind}: a paused queue`, () => {
    it('gives no jobs to workers, and gives them all once it is resumed', async () => {
      const { jobs, inspector, event } = await start();
      expect(await inspector.pauseQueue('default')).toBe(true);
      await event('queue-paused', ({ queue }) => queue === 'default');
      const { id } = await jobs.enqueue(OtherJob, { note: 'waits' });
      await jobs.enqueue(OtherJob, { note: 'other queue' }, { queue: 'mailers' });
      await performed('other queue');
      expect(await inspector.find(id)).toMatchObject({ state: 'waiting', paused: true, attempt: 0 });
      expect(await inspector.paused()).toEqual([{ kind: 'queue', name: 'default' }]);
      const stats = (await inspector.queues()).map(({ name, paused, size }) => ({ name, paused, size }));
      expect(stats).toContainEqual({ name: 'default', paused: true, size: 1 });
      expect(await inspector.pauseQueue('default')).toBe(false);
      expect(await inspector.resumeQueue('default')).toBe(true);
      await performed('waits');
      expect(await inspector.resumeQueue('default')).toBe(false);
      await event('queue-resumed');
      expect(ran).toEqual(['other queue', 'waits']);
    });

    it('finishes its running jobs', async () => {
      const { jobs, inspector, event } = await start();
      const { id } = await jobs.enqueue(ImportJob, { note: 'runs', does: 'waits' }, { attempts: 1 });
      await performed('runs 1');
      await inspector.pauseQueue('default');
      release();
      await event('finished', (one) => one.id === id && one.outcome.kind === 'failed');
    });
  });

  describe(`on ${kind}: pausing`, () => {
    it('refuses unknown queues and jobs, and suggests the right name', async () => {
      const { inspector } = await start();
      const code = 'FLEDGE_JOB_NAME_UNKNOWN';
      for (const edit of ['pauseJob', 'resumeJob'] as const) {
        await expect(inspector[edit]('ImprotJob')).rejects.toMatchObject({
          code,
          message: expect.stringContaining('Did you mean "ImportJob"?'),
        });
        await expect(inspector[edit](class UnknownJob {} as never)).rejects.toMatchObject({
          code: 'FLEDGE_JOB_NOT_REGISTERED',
        });
        for (const none of ['', undefined, 7])
          await expect(inspector[edit](none as string)).rejects.toMatchObject({
            code: 'FLEDGE_OPTION_INVALID',
          });
      }
      for (const edit of ['pauseQueue', 'resumeQueue'] as const) {
        await expect(inspector[edit]('mailer')).rejects.toMatchObject({
          code: 'FLEDGE_QUEUE_UNDECLARED',
          message: expect.stringContaining('Did you mean "mailers"?'),
        });
        await expect(inspector[edit]('')).rejects.toMatchObject({ code: 'FLEDGE_OPTION_INVALID' });
      }
      expect(await inspector.paused()).toEqual([]);
    });

    it('reports what is paused, since when and from where, and whether it changed anything', async () => {
      const { inspector, event, events } = await start();
      const before = Date.now();
      expect(await inspector.pauseJob(ImportJob)).toBe(true);
      expect(await inspector.pauseJob('ImportJob')).toBe(false);
      const [paused] = await inspector.paused();
      expect(paused).toEqual({
        kind: 'job',
        name: 'ImportJob',
        since: expect.any(Date) as Date,
        host: expect.any(String) as string,
      });
      expect(paused?.since?.getTime()).toBeGreaterThanOrEqual(before);
      expect(await inspector.resumeJob(ImportJob)).toBe(true);
      expect(await inspector.resumeJob(ImportJob)).toBe(false);
      await event('job-resumed', ({ name }) => name === 'ImportJob');
      expect(events.filter(({ type }) => type === 'job-paused')).toHaveLength(1);
    });
  });
}
