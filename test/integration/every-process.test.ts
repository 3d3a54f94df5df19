import { Controller, Global, Inject, Injectable, Module, type Provider, type Type } from '@nestjs/common';
import { Processor, QueueEventsHost, QueueEventsListener, WorkerHost } from '@nestjs/bullmq';
import { Cron, Interval, ScheduleModule, Timeout } from '@nestjs/schedule';
import { describe, expect, inject, it } from 'vitest';
import {
  inEveryProcess,
  Job,
  JobsInspector,
  onlyInWeb,
  provideInEveryProcess,
  provideOnlyInWeb,
} from 'nestjs-fledge';
import { jobsApp, privateUrl, type JobsApp } from '../support/jobs-app.js';
import { until } from '../support/until.js';

// Packages that this repository does not have. These are the keys that their decorators write.
function decorate(key: string | symbol, value: unknown) {
  return (target: object, _name?: string | symbol, descriptor?: PropertyDescriptor): void =>
    Reflect.defineMetadata(key, value, descriptor ? descriptor.value : target);
}
const BullProcessor = decorate('bull:module_queue', { name: 'reports' });
const Process = decorate('bull:module_queue_process', {});
const OnQueueCompleted = decorate('bull:module_on_queue_event', { eventName: 'completed' });
const OnGlobalQueueCompleted = decorate('bull:module_on_queue_event', { eventName: 'global:completed' });
const RabbitSubscribe = decorate(Symbol('RABBIT_HANDLER'), { queue: 'mails' });
const SqsMessageHandler = decorate(Symbol.for('SQS_CONSUMER_METHOD'), { name: 'mails' });
const WebSocketGateway = decorate('websockets:is_gateway', true);
const MessagePattern = decorate('microservices:pattern', ['sum']);
const OnEvent = decorate('EVENT_LISTENER_METADATA', [{ event: 'paid' }]);
function WebSocketServer(target: object, name: string): void {
  Reflect.set(target, name, null);
  Reflect.defineMetadata('websockets:is_socket', true, target, name);
}

@Injectable()
@BullProcessor
class Reports {
  @Process
  build(): void {}
}

@Injectable()
@BullProcessor
class ReportsLog {
  @OnGlobalQueueCompleted
  onCompleted(): void {}
}

@Injectable()
class Mails {
  @RabbitSubscribe
  onMail(): void {}
}

@Injectable()
class Uploads {
  @SqsMessageHandler
  onUpload(): void {}
}

@QueueEventsListener('thumbnails')
class Thumbnails extends QueueEventsHost {}

type Warning = readonly [code: string, message: string];

const settings = (): Parameters<typeof jobsApp>[0] => ({ url: privateUrl(inject('redisUrl')) });

function warnings({ events }: JobsApp): Warning[] {
  return events.flatMap((event): Warning[] =>
    event.type === 'warning' && event.code !== 'FLEDGE_QUEUE_UNUSED' ? [[event.code, event.message]] : [],
  );
}

/** The warnings of a worker with these providers and modules. Before it starts, the process is like a web process. */
async function warningsOf(
  providers: Provider[],
  imports: object[] = [],
  options: Parameters<typeof jobsApp>[0] = settings(),
): Promise<Warning[]> {
  const app = await jobsApp(options, providers, imports);
  expect(warnings(app)).toEqual([]);
  await app.worker.start();
  return warnings(app);
}

const kinds: readonly (readonly [string, string, Type])[] = [
  ['FLEDGE_CONSUMER_IN_EVERY_PROCESS', 'the @Processor classes of @nestjs/bull: Reports.', Reports],
  ['FLEDGE_CONSUMER_IN_EVERY_PROCESS', 'methods of @golevelup/nestjs-rabbitmq: Mails.', Mails],
  [
    'FLEDGE_CONSUMER_IN_EVERY_PROCESS',
    'the @SqsMessageHandler methods of @ssut/nestjs-sqs: Uploads.',
    Uploads,
  ],
  ['FLEDGE_LISTENER_IN_EVERY_PROCESS', 'the @OnGlobalQueue… methods of @nestjs/bull', ReportsLog],
  ['FLEDGE_LISTENER_IN_EVERY_PROCESS', 'the @QueueEventsListener classes of @nestjs/bullmq', Thumbnails],
];

describe('what starts in every process by itself', () => {
  it.each(kinds)('a worker warns about it and says what to do: %s, %s', async (code, text, type) => {
    const found = await warningsOf([type]);
    expect(found.map(([one]) => one)).toEqual([code]);
    expect(found[0]?.[1]).toContain(text);
    expect(found[0]?.[1]).toContain(`provideOnlyInWorker(${type.name})`);
    expect(found[0]?.[1]).toContain(`provideInEveryProcess(${type.name})`);
  });

  it('names all classes of one kind in one line, however they are provided', async () => {
    @BullProcessor
    class Made extends Reports {}
    @BullProcessor
    class Given extends Reports {}
    const found = await warningsOf([
      Reports,
      { provide: 'alias', useExisting: Reports },
      { provide: 'made', useFactory: () => new Made() },
      { provide: 'given', useValue: new Given() },
    ]);
    expect(found).toHaveLength(1);
    expect(found[0]?.[1]).toContain('Reports, Made, Given.');
  });

  it.each(kinds)('is not reported if the application has chosen: %s, %s', async (_code, _text, type) => {
    expect(await warningsOf([provideInEveryProcess(type)])).toEqual([]);
    expect(await warningsOf([provideOnlyInWeb(type)])).toEqual([]);
  });

  it('is not reported in a module with a chosen place, nor in those that only it imports', async () => {
    @Module({ providers: [Reports] })
    class Inner {}
    @Global()
    @Module({ providers: [Mails], imports: [Inner] })
    class Shared {}
    @Module({ providers: [Uploads], imports: [Shared] })
    class Outer {}
    @Module({ imports: [Inner] })
    class Elsewhere {}
    expect(await warningsOf([], [inEveryProcess(Outer)])).toEqual([]);
    expect(await warningsOf([], [onlyInWeb({ module: Outer })])).toEqual([]);
    const [found, ...more] = await warningsOf([], [inEveryProcess(Outer), Elsewhere]);
    expect(found?.[1]).toContain(': Reports.');
    expect(more).toEqual([]);
    expect(await warningsOf([], [inEveryProcess(Outer), Outer])).toHaveLength(3);
  });

  it('is not reported with jobs in memory, because there is one process', async () => {
    expect(await warningsOf([Reports, ReportsLog], [], { url: 'memory:' })).toEqual([]);
  });
});

it('a worker is quiet about what it does not run, or what runs there only', async () => {
  @BullProcessor
  class LocalLog {
    @OnQueueCompleted
    onCompleted(): void {}
  }
  @Processor('images')
  class Images extends WorkerHost {
    async process(): Promise<void> {}
  }
  @WebSocketGateway
  class Chat {
    @WebSocketServer
    readonly server?: object;
  }
  @Controller()
  class Sums {
    @MessagePattern
    sum(): void {}
  }
  @Injectable()
  class Paid {
    @OnEvent
    onPaid(): void {}
  }
  @Module({ controllers: [Sums] })
  class SumsModule {}
  const { host, port } = new URL(inject('redisUrl'));
  const { BullModule } = await import('@nestjs/bullmq');
  const bullmq = BullModule.forRoot({ connection: { host: host.split(':')[0], port: Number(port) } });
  expect(await warningsOf([LocalLog, Images, Chat, Paid], [SumsModule, bullmq])).toEqual([]);
});

describe('a gateway', () => {
  @WebSocketGateway
  class Chat {
    @WebSocketServer
    readonly server?: object;
  }
  @WebSocketGateway
  class Feed {
    afterInit(): void {}
  }
  @WebSocketGateway
  class Echo {}
  @Injectable()
  class Notifications {
    constructor(@Inject(Chat) readonly chat: Chat | undefined) {}
  }
  @Job()
  class NotifyJob {
    @Inject(Notifications) readonly notifications!: Notifications;
    async perform(): Promise<void> {}
  }
  @Job()
  class FeedJob {
    constructor(
      @Inject(Feed) readonly feed: Feed,
      @Inject(Echo) readonly echo: Echo,
    ) {}
    async perform(): Promise<void> {}
  }

  it('is reported if a job needs it to send', async () => {
    const found = await warningsOf([NotifyJob, FeedJob, Notifications, Chat, Feed, Echo]);
    expect(found.map(([code]) => code)).toEqual([
      'FLEDGE_GATEWAY_WITHOUT_SERVER',
      'FLEDGE_GATEWAY_WITHOUT_SERVER',
    ]);
    expect(found[0]?.[1]).toContain('NotifyJob → Notifications → Chat.');
    expect(found[0]?.[1]).toContain('@WebSocketServer() server');
    expect(found[0]?.[1]).toContain('provideOnlyInWeb(Chat)');
    expect(found[1]?.[1]).toContain('FeedJob → Feed.');
  });

  it('is not reported if only controllers need it, or if the worker does not have it', async () => {
    expect(await warningsOf([Notifications, Chat])).toEqual([]);
    const without = { provide: Chat, useValue: undefined };
    expect(await warningsOf([NotifyJob, Notifications, without])).toEqual([]);
  });
});

describe('methods of @nestjs/schedule with a chosen place', () => {
  const runs: string[] = [];
  @Injectable()
  class Timers {
    @Interval(1_000)
    tick(): void {
      runs.push('tick');
    }

    @Timeout(60_000)
    once(): void {}

    @Cron('0 3 * * *', { name: 'nightly' })
    nightly(): void {}
  }

  it('are reported if there is no choice, @Timeout with its own words', async () => {
    const [found, ...more] = await warningsOf([Timers], [ScheduleModule.forRoot()]);
    expect(found?.[0]).toBe('FLEDGE_CRON_IN_EVERY_PROCESS');
    expect(found?.[1]).toContain('several times: Timers.tick, nightly (Timers.nightly).');
    expect(found?.[1]).toContain('once in every process that starts, web and worker: Timers.once.');
    expect(more).toEqual([]);
  });

  it.each([provideInEveryProcess, provideOnlyInWeb])('are not reported', async (choose) => {
    expect(await warningsOf([choose(Timers)], [ScheduleModule.forRoot()])).toEqual([]);
  });

  it.each([provideInEveryProcess, provideOnlyInWeb])('are not adopted and keep running', async (choose) => {
    runs.length = 0;
    const options = { ...settings(), adoptCron: true };
    const app = await jobsApp(options, [choose(Timers)], [ScheduleModule.forRoot()]);
    expect(warnings(app)).toEqual([]);
    await app.worker.start();
    await until('the method runs in its process', () => runs.length > 0);
    expect(await app.app.get(JobsInspector).schedules()).toEqual([]);
  });
});
