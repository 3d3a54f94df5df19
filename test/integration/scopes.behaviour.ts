import { Inject, Injectable, Scope, type Provider } from '@nestjs/common';
import { ContextIdFactory, REQUEST, type ContextId, type ContextIdStrategy } from '@nestjs/core';
import { Job, type FailureHandler, type JobFailure, type JobRequest } from 'nestjs-fledge';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { jobsApp, type JobsApp } from '../support/jobs-app.js';

interface TenantPayload {
  readonly tenant: string;
}

/** What jobs and providers did, in order. */
const seen: string[] = [];
let pools = 0;

/** As Nest's documentation shows it, and it reads the tenant of a job from its payload. */
class ByTenant implements ContextIdStrategy<JobRequest<TenantPayload | undefined>> {
  private readonly tenants = new Map<string, ContextId>();

  attach(contextId: ContextId, { payload, meta, name }: JobRequest<TenantPayload | undefined>) {
    const tenant = payload?.tenant ?? 'nobody';
    seen.push(`asked for ${tenant} by ${name} with ${Object.keys(meta).length} meta`);
    const subTree = this.tenants.get(tenant) ?? ContextIdFactory.create();
    this.tenants.set(tenant, subTree);
    return {
      resolve: ({ isTreeDurable }: { isTreeDurable: boolean }) => (isTreeDurable ? subTree : contextId),
      payload: { tenant, name: 'is not the name of the job' },
    };
  }
}

@Injectable({ scope: Scope.REQUEST, durable: true })
class TenantDb {
  readonly pool = ++pools;
  constructor(@Inject(REQUEST) readonly request: TenantPayload) {}
}

/** Has durable dependencies only. */
@Job({ attempts: 1 })
class DurableJob {
  constructor(private readonly db: TenantDb) {}
  async perform({ tenant }: TenantPayload): Promise<void> {
    seen.push(`${tenant} uses pool ${this.db.pool} of ${this.db.request.tenant}`);
  }
}

/** Has a durable dependency, and is created again for each attempt. */
@Job({ attempts: 1 })
@Injectable({ scope: Scope.REQUEST })
class MixedJob implements FailureHandler<TenantPayload> {
  constructor(
    private readonly db: TenantDb,
    @Inject(REQUEST) private readonly request: JobRequest<TenantPayload> & TenantPayload,
  ) {}
  async perform({ tenant }: TenantPayload): Promise<void> {
    const { request } = this;
    seen.push(`${tenant} uses pool ${this.db.pool}, ${request.name} has ${request.payload.tenant}`);
    seen.push(`the strategy's payload is ${request.tenant}`);
    throw new Error('fails');
  }
  onDeath({ payload }: JobFailure<TenantPayload>): void {
    seen.push(`death of ${payload.tenant} with pool ${this.db.pool}`);
  }
}

@Job({ attempts: 1 })
@Injectable({ scope: Scope.REQUEST })
class ScopedJob {
  constructor(@Inject(REQUEST) private readonly request: JobRequest<string>) {}
  async perform(_payload: string): Promise<void> {
    seen.push(`${this.request.name} has ${this.request.payload}`);
  }
}

function withStrategy(strategy: ContextIdStrategy | undefined): void {
  // Nest has no way to remove a strategy.
  Reflect.set(ContextIdFactory, 'strategy', strategy);
}

/** Request-scoped and durable providers of jobs. */
export function scopesBehaviour(kind: string, url: () => string): void {
  const providers: Provider[] = [TenantDb, DurableJob, MixedJob, ScopedJob];
  const start = async (): Promise<JobsApp> => {
    const app = await jobsApp({ url: url(), queues: { default: { concurrency: 1 } } }, providers);
    await app.worker.start();
    return app;
  };
  const finished = (app: JobsApp, count: number): Promise<unknown> =>
    app.event('finished', () => app.events.filter(({ type }) => type === 'finished').length >= count);

  describe(`on ${kind}: the application’s ContextIdStrategy`, () => {
    beforeEach(() => {
      pools = seen.length = 0;
    });
    afterEach(() => withStrategy(undefined));

    it('chooses the durable providers of jobs by their payload', async () => {
      withStrategy(new ByTenant());
      const app = await start();
      for (const tenant of ['a', 'b', 'a', 'b']) await app.jobs.enqueue(DurableJob, { tenant });
      await finished(app, 4);
      expect(seen.filter((line) => line.includes('pool'))).toEqual([
        'a uses pool 1 of a',
        'b uses pool 2 of b',
        'a uses pool 1 of a',
        'b uses pool 2 of b',
      ]);
      expect(seen).toContain('asked for a by DurableJob with 0 meta');
    });

    it('is honoured by a request-scoped job, its handlers, and JobsService.perform', async () => {
      withStrategy(new ByTenant());
      const app = await start();
      await app.jobs.perform(DurableJob, { tenant: 'a' });
      await app.jobs.enqueue(MixedJob, { tenant: 'a' });
      await finished(app, 2);
      await app.close();
      expect(seen.filter((line) => !line.startsWith('asked'))).toEqual([
        'a uses pool 1 of a',
        'a uses pool 1, MixedJob has a',
        "the strategy's payload is a",
        'death of a with pool 1',
      ]);
    });

    it('is named if it throws, because it expects an HTTP request', async () => {
      withStrategy({
        attach: (_id, request: { headers: { tenant: string } }) => request.headers.tenant as never,
      });
      const app = await start();
      await app.jobs.enqueue(ScopedJob, 'x');
      const { outcome } = await app.event('finished');
      expect(outcome).toMatchObject({ kind: 'failed', error: { code: 'FLEDGE_CONTEXT_STRATEGY' } });
    });

    it('is not needed: without one, a request-scoped job has its payload in REQUEST', async () => {
      const app = await start();
      await app.jobs.enqueue(ScopedJob, 'the payload');
      await finished(app, 1);
      expect(seen).toEqual(['ScopedJob has the payload']);
    });
  });
}
