import * as Sentry from '@sentry/nestjs';
import { SentryModule } from '@sentry/nestjs/setup';
import { Injectable, Module } from '@nestjs/common';
import {
  DiscardJob,
  Job,
  JobsService,
  type FailureHandler,
  type JobFailure,
  type JobMiddleware,
} from 'nestjs-fledge';
import { setTimeout as sleep } from 'node:timers/promises';
import { expectEqual, Probes } from '../probes.js';
import { reports } from './sentry.first.js';

class ErrorReporter implements FailureHandler {
  onDiscard({ error }: JobFailure): void {
    Sentry.captureException(error);
  }
}

/** As docs/jobs.md has it. */
const isolateJobs: JobMiddleware = {
  handle: ({ context }, next) =>
    Sentry.withIsolationScope(() => {
      Sentry.setTag('job', context.name);
      return next();
    }),
};

export const jobsOptions = { handlers: [new ErrorReporter()], middleware: [isolateJobs] };

@Job({ attempts: 1 })
class SentryTenantJob {
  async perform({ tenant, fails }: { tenant?: string; fails: boolean }): Promise<void> {
    if (tenant) Sentry.setTag('tenant', tenant);
    Sentry.addBreadcrumb({ message: `step of ${tenant}` });
    await sleep(20);
    if (fails) throw new DiscardJob(`job of ${tenant}`);
  }
}

@Injectable()
class SentryProbe {
  readonly name = 'sentry';

  constructor(
    probes: Probes,
    private readonly jobs: JobsService,
  ) {
    probes.add(this);
  }

  async inRequest(): Promise<void> {
    Sentry.setTag('tenant', 'of the request');
  }

  async inJob(): Promise<void> {
    expectEqual(
      Sentry.getIsolationScope().getScopeData().tags.tenant,
      undefined,
      'The tenant of a request, in the job,',
    );
    await this.jobs.enqueue(SentryTenantJob, { tenant: 'acme', fails: false });
    await this.jobs.enqueue(SentryTenantJob, { tenant: 'globex', fails: true });
    await this.jobs.enqueue(SentryTenantJob, { fails: true });
    // In the kit jobs run later.
    if (process.env.ROLE === 'kit') return;
    while (reports.length < 2) await sleep(10);
    const globex = reports.find(({ message }) => message?.startsWith('job of globex'));
    expectEqual(globex?.tenant, 'globex', 'The tenant in the report of its job');
    expectEqual(globex?.breadcrumbs, 'step of globex', 'The breadcrumbs in the report of a job');
    const plain = reports.find(({ message }) => message?.startsWith('job of undefined'));
    expectEqual(plain?.tenant, undefined, 'The tenant in the report of a job without one');
  }
}

@Module({ imports: [SentryModule.forRoot()], providers: [SentryProbe, SentryTenantJob] })
export class Neighbour {}
