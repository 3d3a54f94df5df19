import { Inject, Injectable, Scope } from '@nestjs/common';
import { ContextIdFactory, REQUEST, type ContextId, type ContextIdStrategy } from '@nestjs/core';
import {
  Job,
  JobsInspector,
  JobsService,
  type EnqueueCall,
  type EnqueueMiddleware,
  type JobCall,
  type JobMiddleware,
  type JobReceipt,
  type JobsOptions,
} from 'nestjs-fledge';
import { Mailer, MailersModule, MailersService, type Mail } from 'nestjs-fledge/mailers';
import { ClsModule, ClsService, type ClsStore } from 'nestjs-cls';
import { describe, expect, it, onTestFinished } from 'vitest';
import { jobsApp, type JobsApp } from '../support/jobs-app.js';
import { RecordingTransport } from '../support/mail-app.js';
import { until } from '../support/until.js';

/** What jobs did, in order. */
const seen: string[] = [];
let connections = 0;

@Injectable()
class Databases {
  of(tenantId: string) {
    return { invoices: { sync: async (): Promise<void> => void seen.push(`sync of ${tenantId}`) } };
  }
}

@Injectable()
class Tenants {
  async all(): Promise<string[]> {
    return ['acme', 'globex'];
  }

  isLarge(tenantId: string): boolean {
    return tenantId === 'initech';
  }
}

// #region payload
@Job()
export class SyncInvoicesJob {
  constructor(private readonly databases: Databases) {}

  async perform({ tenantId }: { tenantId: string }): Promise<void> {
    await this.databases.of(tenantId).invoices.sync();
  }
}
// #endregion

// #region middleware
export interface TenantStore extends ClsStore {
  tenantId?: string | undefined;
}

/** Stores the tenant of the request with each job and each mail. */
@Injectable()
export class StoreTenant implements EnqueueMiddleware {
  constructor(private readonly cls: ClsService<TenantStore>) {}

  async handle(call: EnqueueCall, next: () => Promise<JobReceipt | void>) {
    const tenantId = this.cls.get('tenantId');
    if (tenantId === undefined) throw new Error(`${call.name} was enqueued without a tenant.`);
    call.meta.tenantId = tenantId;
    return next();
  }
}

/** Enters the context of the tenant around the job. */
@Injectable()
export class EnterTenant implements JobMiddleware {
  constructor(private readonly cls: ClsService<TenantStore>) {}

  async handle({ context }: JobCall, next: () => Promise<unknown>) {
    return this.cls.runWith({ tenantId: context.meta.tenantId }, next);
  }
}
// #endregion

// #region use
@Job()
export class CloseMonthJob {
  constructor(private readonly cls: ClsService<TenantStore>) {}

  async perform({ month }: { month: string }): Promise<void> {
    report(`${month} of ${this.cls.get('tenantId')} is closed`);
  }
}

@Mailer()
export class InvoiceMailer {
  constructor(private readonly cls: ClsService<TenantStore>) {}

  async ready({ to }: { to: string }): Promise<Mail> {
    const tenantId = this.cls.get('tenantId');
    return { to, from: `billing@${tenantId}.test`, subject: 'Your invoice', text: 'It is ready.' };
  }
}
// #endregion

const report = (line: string): void => void seen.push(line);

// #region every-tenant
@Job({ cron: '0 2 * * *' })
export class CloseMonthsJob {
  constructor(
    private readonly tenants: Tenants,
    private readonly cls: ClsService<TenantStore>,
    private readonly jobs: JobsService,
  ) {}

  async perform(): Promise<void> {
    for (const tenantId of await this.tenants.all())
      await this.cls.runWith({ tenantId }, () => this.jobs.enqueue(CloseMonthJob, { month: '2026-11' }));
  }
}
// #endregion

// #region strategy
export class TenantStrategy implements ContextIdStrategy {
  private readonly trees = new Map<string, ContextId>();

  /** Receives an HTTP request or a JobRequest. */
  attach(contextId: ContextId, request: { headers?: Record<string, string>; meta?: Record<string, string> }) {
    const tenantId = request.headers?.['x-tenant'] ?? request.meta?.tenantId ?? 'none';
    const tree = this.trees.get(tenantId) ?? ContextIdFactory.create();
    this.trees.set(tenantId, tree);
    return {
      resolve: ({ isTreeDurable }: { isTreeDurable: boolean }) => (isTreeDurable ? tree : contextId),
      payload: { tenantId },
    };
  }
}

@Injectable({ scope: Scope.REQUEST, durable: true })
export class TenantDatabase {
  readonly connection = connect();

  constructor(@Inject(REQUEST) readonly tenant: { tenantId: string }) {}
}

@Job()
export class ArchiveJob {
  constructor(private readonly database: TenantDatabase) {}

  async perform(): Promise<void> {
    report(`archive ${this.database.tenant.tenantId} over connection ${this.database.connection}`);
  }
}
// #endregion

function connect(): number {
  return ++connections;
}

// #region large-tenants
/** Sends the jobs of large tenants to their own queue, so that they don't delay the others. */
@Injectable()
export class SeparateLargeTenants implements EnqueueMiddleware {
  constructor(private readonly tenants: Tenants) {}

  async handle(call: EnqueueCall, next: () => Promise<JobReceipt | void>) {
    const isLarge = this.tenants.isLarge(call.meta.tenantId ?? '');
    if (isLarge && call.queue === 'default') call.queue = 'large';
    return next();
  }
}
// #endregion

// #region one-at-a-time
@Job({ unique: { by: ['tenantId'], mode: 'last' } })
export class RebuildIndexJob {
  async perform({ tenantId }: { tenantId: string }): Promise<void> {
    report(`index of ${tenantId}`);
  }
}
// #endregion

function useStrategy(): void {
  onTestFinished(() => void Reflect.set(ContextIdFactory, 'strategy', undefined));
  // #region strategy-applied
  ContextIdFactory.apply(new TenantStrategy());
  // #endregion
}

export function multiTenantGuide(kind: string, url: () => string): void {
  const start = async (
    options: JobsOptions = {},
  ): Promise<JobsApp & { cls: ClsService<TenantStore>; transport: RecordingTransport }> => {
    seen.length = 0;
    connections = 0;
    const transport = new RecordingTransport();
    const jobClasses = [SyncInvoicesJob, CloseMonthJob, CloseMonthsJob, ArchiveJob, RebuildIndexJob];
    const middleware = [StoreTenant, EnterTenant, SeparateLargeTenants];
    const app = await jobsApp(
      { url: url(), queues: { default: {}, mailers: {}, large: {} }, ...options },
      [Databases, Tenants, InvoiceMailer, TenantDatabase, ...jobClasses, ...middleware],
      [
        ClsModule.forRoot({ global: true }),
        MailersModule.forRoot({ transport, from: 'hello@acme.test', preview: false }),
      ],
    );
    await app.worker.start();
    return { ...app, cls: app.app.get<ClsService<TenantStore>>(ClsService), transport };
  };
  // #region registered
  const options: JobsOptions = { enqueueMiddleware: [StoreTenant], middleware: [EnterTenant] };
  // #endregion
  const saw = (line: string): Promise<unknown> =>
    until(`${line} is seen, not only ${seen.join(', ')}`, () => seen.includes(line));
  /** Runs the call as a request of this tenant would. */
  const as = <T>(cls: ClsService<TenantStore>, tenantId: string, call: () => T): T =>
    cls.runWith({ tenantId }, call);

  describe(`docs/multi-tenant.md on ${kind}`, () => {
    it('the tenant in the payload', async () => {
      const { jobs } = await start();
      await jobs.enqueue(SyncInvoicesJob, { tenantId: 'acme' });
      await saw('sync of acme');
    });

    it('the tenant as context of jobs, mails and ticks', async () => {
      const { app, jobs, cls, transport } = await start(options);
      await as(cls, 'acme', () => jobs.enqueue(CloseMonthJob, { month: '2026-10' }));
      await saw('2026-10 of acme is closed');
      const ready = app.get(MailersService).for(InvoiceMailer).ready({ to: 'ada@example.test' });
      await as(cls, 'globex', () => ready.deliverLater());
      await until('the mail is sent', () => transport.sent.length === 1);
      expect(transport.sent[0]!.from.address).toBe('billing@globex.test');
      await expect(jobs.enqueue(CloseMonthJob, { month: '2026-10' })).rejects.toThrow('without a tenant');

      await jobs.perform(CloseMonthsJob);
      for (const tenantId of ['acme', 'globex']) await saw(`2026-11 of ${tenantId} is closed`);
    });

    it('durable providers', async () => {
      useStrategy();
      const { jobs, cls } = await start(options);
      for (const tenantId of ['acme', 'acme', 'globex'])
        await as(cls, tenantId, () => jobs.enqueue(ArchiveJob));
      await until('all jobs ran', () => seen.length === 3);
      expect(new Set(seen).size).toBe(2);
      expect(connections).toBe(2);
    });

    it('a queue for large tenants', async () => {
      const { jobs, cls } = await start({
        ...options,
        enqueueMiddleware: [StoreTenant, SeparateLargeTenants],
      });
      const enqueue = (tenantId: string): Promise<JobReceipt> =>
        as(cls, tenantId, () => jobs.enqueue(CloseMonthJob, { month: '2026-10' }));
      expect([(await enqueue('acme')).queue, (await enqueue('initech')).queue]).toEqual(['default', 'large']);
    });

    it('one job of a tenant at once, and all jobs of a tenant', async () => {
      const { app, jobs, cls } = await start(options);
      await as(cls, 'acme', () => jobs.enqueue(RebuildIndexJob, { tenantId: 'acme' }));
      await saw('index of acme');

      for (const tenantId of ['acme', 'globex', 'acme'])
        await as(cls, tenantId, () => jobs.enqueue(CloseMonthJob, { month: '2026-10' }, { delay: '1h' }));
      const inspector = app.get(JobsInspector);
      const tenantId = 'acme';
      // #region cancel-tenant
      for (const state of ['waiting', 'scheduled', 'retrying', 'running'] as const)
        for await (const job of inspector.each(state))
          if (job.meta.tenantId === tenantId) await jobs.cancel(job.id, { reason: 'the tenant left' });
      // #endregion
      const left = (await inspector.jobs('scheduled', { job: CloseMonthJob })).jobs;
      expect(left.map(({ meta }) => meta.tenantId)).toEqual(['globex']);
    });
  });
}
