import { Job, JobsInspector, JobsModule, JobsService, schedule, type JobContext } from 'nestjs-fledge';
import { Mailer, MailersModule, MailersService, type Mail } from 'nestjs-fledge/mailers';
import { testJobs, type TestJobs } from 'nestjs-fledge/testing';
import { beforeEach, describe, expect, it, onTestFinished } from 'vitest';

const ran: string[] = [];

@Job({ aliases: ['FormerImport'] })
class ImportJob {
  async perform({ note }: { note: string }, { attempt }: JobContext): Promise<void> {
    ran.push(`${note} ${attempt}`);
  }
}

@Job()
class OtherJob {
  async perform(): Promise<void> {
    ran.push('other');
  }
}

@Mailer()
class GuestMailer {
  async welcome(): Promise<Mail> {
    return { to: 'ada@example.test', subject: 'Welcome', text: 'Hello.' };
  }
}

async function kit(): Promise<{ jobs: TestJobs; service: JobsService; inspector: JobsInspector }> {
  const nightly = schedule(ImportJob, { note: 'nightly' }, { name: 'nightly', every: '1d' });
  const jobs = await testJobs({
    imports: [
      JobsModule.forRoot({ schedules: [nightly] }),
      MailersModule.forRoot({ from: 'shop@example.test', transport: 'memory:' }),
    ],
    providers: [ImportJob, OtherJob, GuestMailer],
  });
  onTestFinished(() => jobs.close());
  return { jobs, service: jobs.get(JobsService), inspector: jobs.get(JobsInspector) };
}

beforeEach(() => void (ran.length = 0));

describe('in the testing kit, a pause', () => {
  it('of a class keeps its jobs in their queue, however far time moves', async () => {
    const { jobs, service, inspector } = await kit();
    await inspector.pauseJob(ImportJob);
    const { id } = await service.enqueue(ImportJob, { note: 'waits' });
    await service.enqueue(OtherJob);
    expect((await jobs.drain()).map(({ name }) => name)).toEqual(['OtherJob']);
    expect(await jobs.advance('30d')).toEqual([]);
    expect(await inspector.find(id)).toMatchObject({ state: 'waiting', paused: true, attempt: 0 });
    expect(await inspector.resumeJob(ImportJob)).toBe(true);
    await jobs.drain();
    // Of the schedule one run waited.
    expect(ran.toSorted()).toEqual(['nightly 1', 'other', 'waits 1']);
  });

  it('of a mailer keeps its mails', async () => {
    const { jobs, inspector } = await kit();
    await inspector.pauseJob('GuestMailer');
    await jobs.get(MailersService).for(GuestMailer).welcome().deliverLater();
    await jobs.drain();
    expect(jobs.sentMails()).toEqual([]);
    await inspector.resumeJob('GuestMailer');
    await jobs.drain();
    expect(jobs.sentMails()).toHaveLength(1);
  });

  it('of a queue keeps its jobs, and inline enqueues return without running them', async () => {
    const { jobs, service, inspector } = await kit();
    jobs.mode = 'inline';
    await inspector.pauseQueue('default');
    await service.enqueue(ImportJob, { note: 'waits' });
    await jobs.drain();
    expect(ran).toEqual([]);
    await inspector.resumeQueue('default');
    await jobs.drain();
    await service.enqueue(OtherJob);
    expect(ran).toEqual(['waits 1', 'other']);
  });

  it('does not keep a job from being performed directly', async () => {
    const { service, inspector } = await kit();
    await inspector.pauseJob(ImportJob);
    await service.perform(ImportJob, { note: 'direct' });
    expect(ran).toEqual(['direct 1']);
  });
});
