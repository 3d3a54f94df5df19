import { Module, type INestApplicationContext, type Provider } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import {
  JobEvents,
  JobsModule,
  JobsService,
  JobsWorker,
  type JobEvent,
  type JobsOptions,
} from 'nestjs-fledge';
import { onTestFinished } from 'vitest';
import { until } from './until.js';

let applications = 0;

/** All tests share one Redis, so each test gets its own prefix and thus its own queues. */
export function privateUrl(redisUrl: string): string {
  return `${redisUrl}?prefix=t${process.pid}-${Date.now()}-${++applications}`;
}

export interface JobsApp {
  readonly app: INestApplicationContext;
  readonly jobs: JobsService;
  readonly worker: JobsWorker;
  readonly events: JobEvent[];
  /** Waits for an event of this type for which `matches` returns true. */
  readonly event: <T extends JobEvent['type']>(
    type: T,
    matches?: (event: Extract<JobEvent, { type: T }>) => boolean,
  ) => Promise<Extract<JobEvent, { type: T }>>;
  readonly close: () => Promise<void>;
}

/**
 * Creates a Nest application with these jobs, which closes when the test ends. The worker does not run before it is
 * started.
 */
export async function jobsApp(
  options: JobsOptions,
  providers: Provider[],
  imports: object[] = [],
): Promise<JobsApp> {
  @Module({ imports: [JobsModule.forRoot(options), ...(imports as never[])], providers })
  class TestModule {}
  const app = await NestFactory.createApplicationContext(TestModule, { abortOnError: false });
  const events: JobEvent[] = [];
  app.get(JobEvents).subscribe((event) => events.push(event));
  let closing: Promise<void> | undefined;
  const close = (): Promise<void> => (closing ??= app.close());
  onTestFinished(close);
  return {
    app,
    jobs: app.get(JobsService),
    worker: app.get(JobsWorker),
    events,
    event: (type, matches = () => true) =>
      until(`${type} happens; what happened: ${events.map((event) => event.type).join(', ')}`, () =>
        events.find((event): event is never => event.type === type && matches(event as never)),
      ),
    close,
  };
}
