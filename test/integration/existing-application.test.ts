import { BullModule, getQueueToken, InjectQueue, OnWorkerEvent, Processor, WorkerHost } from '@nestjs/bullmq';
import { Injectable, Module } from '@nestjs/common';
import { Queue, Worker, type Job as BullJob } from 'bullmq';
import { Job, JobsInspector } from 'nestjs-fledge';
import { beforeEach, describe, expect, inject, it, onTestFinished } from 'vitest';
import { bullQueueToken } from '../../src/jobs/engines/bull-queue-token.js';
import { wordsOf } from '../../src/jobs/observe/words/words-of.js';
import { fledgeHere as fledge } from '../support/fledge-command.js';
import { jobsApp, privateUrl } from '../support/jobs-app.js';
import { until } from '../support/until.js';

const ran: string[] = [];
let release: () => void = () => undefined;

/** An application as it was before Fledge. */
@Processor('reports')
class ReportsProcessor extends WorkerHost {
  async process(job: BullJob<{ slow?: boolean }>): Promise<void> {
    ran.push(`report ${job.name}`);
    if (job.data.slow) await new Promise<void>((resolve) => (release = resolve));
    ran.push(`done ${job.name}`);
  }

  @OnWorkerEvent('completed')
  onCompleted(job: BullJob): void {
    ran.push(`completed ${job.name}`);
  }
}

@Injectable()
class ReportsService {
  constructor(@InjectQueue('reports') readonly queue: Queue) {}
}

function existing(redisUrl: string, prefix = `bull-${Date.now()}-${Math.random()}`): object {
  const { hostname: host, port } = new URL(redisUrl);
  const queues = BullModule.registerQueue({
    name: 'reports',
    prefix,
    connection: { host, port: Number(port) },
  });
  @Module({ imports: [queues], providers: [ReportsProcessor, ReportsService], exports: [ReportsService] })
  class ReportsModule {}
  return ReportsModule;
}

@Processor('invoices', { concurrency: 4 })
class InvoicesProcessor extends WorkerHost {
  async process(): Promise<void> {}
}

function invoicing(redisUrl: string): object {
  const { hostname: host, port } = new URL(redisUrl);
  const connection = { host, port: Number(port) };
  const prefix = `bull-${Date.now()}-${Math.random()}`;
  @Module({
    imports: [BullModule.registerQueue({ name: 'invoices', prefix, connection })],
    providers: [InvoicesProcessor],
  })
  class InvoicesModule {}
  return InvoicesModule;
}

@Job()
class NoteJob {
  async perform({ note }: { note: string }): Promise<void> {
    ran.push(note);
  }
}

@Injectable()
class RawUser {
  constructor(@InjectQueue('default') readonly queue: Queue) {}
}

beforeEach(() => {
  ran.length = 0;
});

describe('an application that already uses @nestjs/bullmq', () => {
  it('runs its processors only in the worker process, next to Fledge’s jobs', async () => {
    const redisUrl = inject('redisUrl');
    const { app, jobs, worker, events } = await jobsApp(
      { url: privateUrl(redisUrl) },
      [NoteJob],
      [existing(redisUrl)],
    );
    const { queue } = app.get(ReportsService, { strict: false });
    await queue.add('first', {});
    await jobs.enqueue(NoteJob, { note: 'fledge' });
    // A round trip to the server. A consumer would have taken the job by then.
    expect(await queue.getJobCounts('wait', 'active')).toEqual({ wait: 1, active: 0 });
    expect(ran).toEqual([]);
    await worker.start();
    const others = [{ name: queue.name, concurrency: 1 }];
    expect(events.find(({ type }) => type === 'worker-started')).toMatchObject({ others });
    await until('the fleet knows it', async () => {
      const processes = await app.get(JobsInspector).processes();
      return JSON.stringify(processes[0]?.others) === JSON.stringify(others);
    });
    await until('both ran', () => ran.includes('completed first') && ran.includes('fledge'));
    await queue.add('slow', { slow: true });
    await until('it runs', () => ran.includes('report slow'));
    const stopped = worker.stop();
    await until('the stop waits', () =>
      events.some((event) => event.type === 'worker-stopping' && event.running === 1),
    );
    release();
    await stopped;
    expect(ran).toContain('done slow');
  });

  it.each([
    ['one processor', (): object[] => [existing(inject('redisUrl'))], '; your own processors: reports ×1'],
    [
      'two processors',
      (): object[] => [existing(inject('redisUrl')), invoicing(inject('redisUrl'))],
      '; your own processors: reports ×1, invoices ×4',
    ],
    ['no processor', (): object[] => [], ''],
  ])('shows the queues of %s in the worker’s first line and in fledge ps', async (_, modules, others) => {
    const url = privateUrl(inject('redisUrl'));
    const queues = { default: { concurrency: 3 } };
    const { worker, event } = await jobsApp({ url, queues }, [NoteJob], modules());
    await worker.start();
    expect(wordsOf(await event('worker-started')).text).toBe(`processor default ×3${others}`);
    const line = await until('the heartbeat has the queues', async () => {
      const { output } = await fledge(['ps', url]);
      return output.split('\n').find((one) => one.includes('default ×3'));
    });
    const names = others.replace('; your own processors: ', '');
    expect(line).toMatch(` 0 of 3  default ×3  ${names === '' ? '' : `${names}  `}`);
    const { output } = await fledge(['ps', url, '--json']);
    const { items } = JSON.parse(output) as {
      items: [{ others?: { name: string; concurrency: number }[] }];
    };
    const shown = items[0].others?.map(({ name, concurrency }) => `${name} ×${concurrency}`).join(', ');
    expect(shown ?? '').toBe(names);
  });

  it('does not change @nestjs/bullmq for applications without Fledge in the same process', async () => {
    await jobsApp({ url: privateUrl(inject('redisUrl')) }, [NoteJob]);
    // @ts-expect-error not public, and the one thing that tells
    expect(BullModule._workerClass).toBe(Worker);
  });

  it('does not boot if a processor uses a queue of Fledge', async () => {
    const url = privateUrl(inject('redisUrl'));
    const { hostname: host, port, searchParams } = new URL(url);
    const prefix = `{${searchParams.get('prefix')}}`;
    @Processor('default')
    class RivalProcessor extends WorkerHost {
      async process(): Promise<void> {}
    }
    const rival = BullModule.registerQueue({
      name: 'default',
      prefix,
      connection: { host, port: Number(port) },
    });
    await expect(jobsApp({ url }, [NoteJob, RivalProcessor], [rival])).rejects.toMatchObject({
      code: 'FLEDGE_QUEUE_CONFLICT',
    });
  });

  it('can have a queue with the same name under BullMQ’s own prefix', async () => {
    const redisUrl = inject('redisUrl');
    const { hostname: host, port } = new URL(redisUrl);
    @Processor('default')
    class OwnProcessor extends WorkerHost {
      async process(job: BullJob): Promise<void> {
        ran.push(`own ${job.name}`);
      }
    }
    const prefix = `own-${Date.now()}`;
    const own = BullModule.registerQueue({
      name: 'default',
      prefix,
      connection: { host, port: Number(port) },
    });
    const options = { url: privateUrl(redisUrl), injectQueues: ['mailers'] };
    const { app, jobs, worker } = await jobsApp(options, [NoteJob, OwnProcessor, RawUser], [own]);
    await worker.start();
    await app.get(RawUser).queue.add('raw', {});
    await jobs.enqueue(NoteJob, { note: 'fledge' });
    await until('each ran its own job', () => ran.includes('own raw') && ran.includes('fledge'));
  });
});

describe('@InjectQueue', () => {
  it('uses the tokens that Fledge provides', () => {
    expect(['default', 'mailers'].map(bullQueueToken)).toEqual([
      getQueueToken('default'),
      getQueueToken('mailers'),
    ]);
  });

  it('injects BullMQ’s real queue', async () => {
    const { app, jobs, worker } = await jobsApp({ url: privateUrl(inject('redisUrl')) }, [NoteJob, RawUser]);
    const { queue } = app.get(RawUser);
    expect(queue).toBeInstanceOf(Queue);
    await jobs.enqueue(NoteJob, { note: 'counted' });
    expect(await queue.getJobCounts('wait')).toEqual({ wait: 1 });
    await worker.start();
    await until('it ran', () => ran.includes('counted'));
  });

  it('injects an ordinary object in memory, and refuses the calls that need a server', async () => {
    const { app } = await jobsApp({ url: 'memory:' }, [NoteJob, RawUser]);
    const { queue } = app.get(RawUser);
    await expect(queue.add('raw', {})).rejects.toThrow(
      /The method add\(\) of the injected BullMQ queue "default" was called.*FLEDGE_QUEUE_IN_MEMORY/,
    );
  });
});

it('processors of @nestjs/bullmq run in the web process if the store is in memory', async () => {
  const { app, close } = await jobsApp({ url: 'memory:' }, [NoteJob], [existing(inject('redisUrl'))]);
  onTestFinished(close);
  await app.get(ReportsService, { strict: false }).queue.add('as before', {});
  await until('it ran', () => ran.includes('done as before'));
});
