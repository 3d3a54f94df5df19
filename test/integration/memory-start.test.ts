import { Controller, Inject, Injectable, Module, Post, Scope, type Type } from '@nestjs/common';
import { NestFactory, REQUEST } from '@nestjs/core';
import { EventEmitter } from 'node:events';
import { AsyncLocalStorage } from 'node:async_hooks';
import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { Job, JobEvents, JobsModule, JobsService, type JobContext, type JobEvent } from 'nestjs-fledge';
import { Mailer, MailersModule, MailersService, MemoryTransport, type Mail } from 'nestjs-fledge/mailers';
import { testJobs } from 'nestjs-fledge/testing';
import { describe, expect, it, onTestFinished } from 'vitest';
import { jobsApp } from '../support/jobs-app.js';
import { until } from '../support/until.js';

const ran: string[] = [];
const request = new AsyncLocalStorage<string>();

@Job({ attempts: 3, backoff: 1 })
class NoteJob {
  async perform({ note, failures = 0 }: { note: string; failures?: number }): Promise<void> {
    ran.push(`${note}: ${request.getStore() ?? 'no request'}`);
    if (ran.filter((line) => line.startsWith(note)).length <= failures) throw new Error('not yet');
  }
}

let heard: string | undefined;

@Job()
class AbortedJob {
  async perform(_payload: undefined, { signal }: JobContext): Promise<void> {
    await new Promise<void>((resolve) =>
      signal.addEventListener('abort', () => {
        heard = request.getStore() ?? 'no request';
        resolve();
      }),
    );
  }
}

@Controller()
class NoteController {
  constructor(private readonly jobs: JobsService) {}

  @Post('notes')
  async create(): Promise<object> {
    return this.jobs.enqueue(NoteJob, { note: 'over HTTP' });
  }
}

/** Enqueues while the application boots, and boots slowly. */
@Injectable()
class SlowStart {
  static isUp = false;

  constructor(private readonly jobs: JobsService) {}

  async onApplicationBootstrap(): Promise<void> {
    SlowStart.isUp = false;
    await this.jobs.enqueue(NoteJob, { note: 'boot' });
    for (let i = 0; i < 5; i++) await new Promise((resolve) => setTimeout(resolve, 10));
    ran.push(`the jobs before the end of the boot: ${ran.length}`);
    SlowStart.isUp = true;
  }
}

@Module({
  imports: [JobsModule.forRoot({ url: 'memory:' })],
  controllers: [NoteController],
  providers: [NoteJob, SlowStart],
})
class AppModule {
  async onApplicationBootstrap(): Promise<void> {
    await Promise.resolve();
    ran.push('the hook of the root module');
  }
}

@Module({ imports: [AppModule] })
class RequestScopedRoot {
  constructor(@Inject(REQUEST) readonly current: object) {}
}
Reflect.defineMetadata('scope:options', { scope: Scope.REQUEST }, RequestScopedRoot);

const quiet = { logger: false, abortOnError: false } as const;

const ways: Record<string, (module: Type) => Promise<{ close(): Promise<void> }>> = {
  'an application that listens': async (module) => {
    const app = await NestFactory.create(module, quiet);
    await app.listen(0, '127.0.0.1');
    return app;
  },
  'an application that is only initialised, as in a serverless handler': async (module) => {
    const app = await NestFactory.create(module, quiet);
    return app.init();
  },
  'an application context, as for a command': (module) => NestFactory.createApplicationContext(module, quiet),
};

describe.each(Object.entries(ways))('in memory, %s', (_, start) => {
  it.each([AppModule, RequestScopedRoot])('runs its jobs once all of it has booted: %o', async (module) => {
    ran.length = 0;
    const app = await start(module);
    onTestFinished(() => app.close());
    await until('the job ran', () => ran.includes('boot: no request'));
    expect(ran).toEqual([
      'the jobs before the end of the boot: 0',
      'the hook of the root module',
      'boot: no request',
    ]);
  });
});

describe('the async context of a job', () => {
  it.each([0, 2])('is not the one of its request in memory, after %d retries', async (failures) => {
    ran.length = 0;
    const { jobs, event } = await jobsApp({ url: 'memory:' }, [NoteJob]);
    await request.run('ada', () => jobs.enqueue(NoteJob, { note: 'of a request', failures }));
    await event('finished', ({ outcome }) => outcome.kind === 'completed');
    expect(new Set(ran)).toEqual(new Set(['of a request: no request']));
  });

  it.each(['fake', 'inline'] as const)(
    'is not the one of its request in the testing kit: %s',
    async (mode) => {
      ran.length = 0;
      await using kit = await testJobs(
        AppModule,
        (builder) => builder.overrideProvider(SlowStart).useValue({}),
        { mode },
      );
      await request.run('ada', () => kit.get(JobsService).enqueue(NoteJob, { note: 'of a request' }));
      await kit.drain();
      expect(ran).toContain('of a request: no request');
    },
  );
});

it('the abort signal of a cancelled job fires outside the async context of the request that cancels it', async () => {
  const { jobs, event } = await jobsApp({ url: 'memory:' }, [AbortedJob]);
  await jobs.enqueue(AbortedJob);
  await event('started');
  await request.run('ada', () => jobs.cancel(AbortedJob));
  await event('finished');
  expect(heard).toBe('no request');
});

describe('jobs that are left in memory', () => {
  function eventsOf(app: { get(token: typeof JobEvents): JobEvents }): EventEmitter & { all: JobEvent[] } {
    const emitter = Object.assign(new EventEmitter(), { all: [] as JobEvent[] });
    app.get(JobEvents).subscribe((event) => emitter.all.push(event));
    return emitter;
  }

  it('are reported when the application closes', async () => {
    const app = await NestFactory.createApplicationContext(AppModule, quiet);
    const { all } = eventsOf(app);
    await until('the job of the boot ran', () => all.some(({ type }) => type === 'finished'));
    await app.get(JobsService).enqueue(NoteJob, { note: 'tomorrow' }, { delay: '1d' });
    await app.get(JobsService).enqueue(NoteJob, { note: 'the day after' }, { delay: '2d' });
    await app.close();
    await app.close();
    expect(all.filter(({ type }) => type === 'memory-lost')).toEqual([
      { type: 'memory-lost', jobs: new Map([['NoteJob', 2]]) },
    ]);
  });

  it('are reported by mailer and action if they are mails', async () => {
    @Mailer()
    class NoteMailer {
      async note(): Promise<Mail> {
        return { to: 'ada@example.test', subject: 'Hi', text: 'Hello' };
      }
    }
    const mailers = MailersModule.forRoot({ transport: new MemoryTransport(), from: 'a@acme.test' });
    const { app, events, close } = await jobsApp({ url: 'memory:' }, [NoteMailer], [mailers]);
    await app.get(MailersService).for(NoteMailer).note().deliverLater({ delay: '1d' });
    await close();
    expect(events.find(({ type }) => type === 'memory-lost')).toEqual({
      type: 'memory-lost',
      jobs: new Map([['NoteMailer.note', 1]]),
    });
  });

  it('are not reported when there are none', async () => {
    const app = await NestFactory.createApplicationContext(AppModule, quiet);
    const { all } = eventsOf(app);
    await until('the job ran', () => all.some(({ type }) => type === 'finished'));
    await app.close();
    expect(all.map(({ type }) => type)).not.toContain('memory-lost');
  });

  it.each(['process.exit()', 'app.close()'])(
    'are named in the log of a command that ends with %s',
    async (end) => {
      const { stdout, stderr } = await promisify(execFile)(process.execPath, [
        'test/fixtures/memory-command.mjs',
        end,
      ]);
      expect(stdout + stderr).toMatch(/jobs in memory that have not finished are lost.*: RemindJob ×1/);
    },
  );
});
