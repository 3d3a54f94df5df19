import { Module } from '@nestjs/common';
import { JobsInspector, JobsModule, type JobEvent } from 'nestjs-fledge';
import { Mailer, MailersModule, MailersService, MemoryTransport, type Mail } from 'nestjs-fledge/mailers';
import { testJobs } from 'nestjs-fledge/testing';
import { describe, expect, inject, it, onTestFinished } from 'vitest';
import { wordsOf } from '../../src/jobs/observe/words/words-of.js';
import { privateUrl } from '../support/jobs-app.js';
import { mailApp, type MailApp } from '../support/mail-app.js';

const mail: Mail = { to: 'ada@example.test', subject: 'Hi', text: 'Hello' };

@Mailer({ name: 'UserMailer' })
class OldUserMailer {
  async hello(): Promise<Mail> {
    return mail;
  }
}

@Mailer()
class UserMailer extends OldUserMailer {
  async goodbye(): Promise<Mail> {
    return mail;
  }
}

@Mailer()
class LoginMailer {
  async code(): Promise<Mail> {
    return mail;
  }
}

type Finished = Extract<JobEvent, { type: 'finished' }>;

const linesOf = ({ events }: MailApp): string[] => events.map((event) => wordsOf(event).text);

describe('a mail that a worker of an older release does not know', () => {
  const started = async (): Promise<{ web: MailApp; worker: MailApp }> => {
    const url = privateUrl(inject('redisUrl'));
    const jobs = { watchInterval: '1s' } as const;
    const policy = { attempts: 1 };
    const web = await mailApp({ policy }, [UserMailer, LoginMailer], url, jobs);
    const worker = await mailApp({ policy }, [OldUserMailer], url, jobs);
    await worker.worker.start();
    return { web, worker };
  };

  it.each([
    ['LoginMailer.code', /no mailer here has the name "LoginMailer"\./],
    ['UserMailer.goodbye', /UserMailer has no action "goodbye" here\./],
  ])('waits for a newer worker without using up an attempt: %s', async (title, why) => {
    const { web, worker } = await started();
    const { mailers } = web;
    const delivery =
      title === 'LoginMailer.code' ? mailers.for(LoginMailer).code() : mailers.for(UserMailer).goodbye();
    const { id } = await delivery.deliverLater();
    const { outcome, subject }: Finished = await worker.event('finished', (event) => event.id === id);
    expect(subject).toBe(title);
    expect(outcome).toMatchObject({ kind: 'snoozed', reason: { code: 'FLEDGE_JOB_UNKNOWN' } });
    expect(linesOf(worker)).toContainEqual(
      expect.stringMatching(`^${title} ${id} postponed for 1 min: .*${why.source}`),
    );
    const inspector = web.app.get(JobsInspector);
    await expect.poll(() => inspector.find(id)).toMatchObject({ state: 'scheduled', attempt: 0 });

    const newer = await mailApp({}, [UserMailer, LoginMailer], web.url);
    await worker.close();
    await newer.worker.start();
    await inspector.promote(id);
    await newer.event('finished', (event) => event.id === id && event.outcome.kind === 'completed');
    expect(newer.recorder.sent).toHaveLength(1);
    expect(linesOf(newer)).toContainEqual(expect.stringMatching(`^${title} ${id} performed in`));
  });

  it('is named where Fledge reports jobs that no worker knows', async () => {
    const { web } = await started();
    await web.event('job-unserved', ({ name }) => name === 'LoginMailer.code');
    expect((await web.app.get(JobsInspector).unserved()).jobs).toEqual([
      { name: 'UserMailer.goodbye', queue: 'mailers' },
      { name: 'LoginMailer.code', queue: 'mailers' },
    ]);
    expect(linesOf(web)).toContainEqual(
      expect.stringMatching(/^No live worker knows the job LoginMailer\.code,/),
    );
    expect(linesOf(web).join('\n')).not.toContain('DeliverMail');
  });
});

it('is simulated by the testing kit, for a mailer or one of its actions', async () => {
  @Module({
    imports: [
      JobsModule.forRoot({ url: 'memory:' }),
      MailersModule.forRoot({ transport: new MemoryTransport(), from: 'a@acme.test', preview: false }),
    ],
    providers: [UserMailer, LoginMailer],
  })
  class AppModule {}
  const jobs = await testJobs(AppModule);
  onTestFinished(() => jobs.close());
  const mailers = jobs.get(MailersService);
  jobs.trouble.unknown(LoginMailer);
  jobs.trouble.unknown(UserMailer, { action: 'goodbye' });
  await mailers.for(LoginMailer).code().deliverLater();
  await mailers.for(UserMailer).hello().deliverLater();
  await mailers.for(UserMailer).goodbye().deliverLater();
  await jobs.drain();
  expect(jobs.sentMails()).toHaveLength(1);
  expect(jobs.performed().map(({ outcome }) => outcome.kind)).toEqual(['snoozed', 'completed', 'snoozed']);
  await jobs.advance('1m');
  expect(jobs.sentMails()).toHaveLength(3);
  expect(() => jobs.trouble.unknown(UserMailer, { action: 'goodby' })).toThrow(/Did you mean "goodbye"/);
});
