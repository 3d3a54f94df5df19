import { Inject, Injectable } from '@nestjs/common';
import { AdoptedMethods } from '../discovery/adopted-methods.js';
import { DeclaredSchedules } from '../schedules/declared-schedules.js';
import { FledgeError } from '../values/errors.js';
import { JobEvents } from '../events/events.js';
import { JOBS_OPTIONS, type ResolvedJobsOptions } from '../config/resolved-options.js';
import { EveryProcess } from '../discovery/every-process.js';
import { codesOf, findMovedNames } from '../discovery/moved-names.js';
import { JobRegistry } from '../discovery/registry.js';
import { Store } from '../store/store.js';
import type { Finding } from '../values/finding.js';

/** The checks that run before jobs are enqueued or run. Each finding is logged once per process. */
@Injectable()
export class BootChecks {
  private storeFindings?: Promise<Finding[]>;

  constructor(
    @Inject(JOBS_OPTIONS) private readonly options: ResolvedJobsOptions,
    private readonly registry: JobRegistry,
    private readonly schedules: DeclaredSchedules,
    private readonly adopted: AdoptedMethods,
    private readonly everyProcess: EveryProcess,
    private readonly store: Store,
    private readonly events: JobEvents,
  ) {}

  /** @throws FledgeError for declarations that cannot work; see `JobRegistry.check` and `DeclaredSchedules.all` */
  checkJobs(): void {
    this.warn(this.registry.check());
    this.schedules.all();
    this.warn(this.adopted.findings());
    this.reportAdopted();
  }

  /** Checks the server once it is reachable, and logs warnings. No finding stops a web process. */
  async checkStore(): Promise<Finding[]> {
    return (this.storeFindings ??= this.inspectStore());
  }

  private async inspectStore(): Promise<Finding[]> {
    // The user of the store may lack the rights for the second check. The link reports all other errors.
    const findings = [...(await this.store.inspect()), ...(await this.checkNames().catch(() => []))];
    this.warn(findings);
    return findings;
  }

  /** Compares the names of job classes with the last build's. Records them, unless that would hide what was found. */
  private async checkNames(): Promise<Finding[]> {
    const { fleet } = this.store;
    const definitions = this.registry.definitions();
    const moved = findMovedNames(await fleet.classCodes(), definitions);
    if (moved.length === 0) await fleet.recordClassCodes(codesOf(definitions));
    return moved;
  }

  /**
   * Does what `checkStore` does. In production it also rejects a store that would lose jobs, and names that would run the
   * wrong classes.
   * @throws FledgeError `FLEDGE_EVICTION_POLICY`, `FLEDGE_JOB_NAME_MOVED`, `FLEDGE_REDIS_VERSION`
   */
  async requireSafeStore(): Promise<void> {
    const findings = await this.checkStore();
    const fatal = findings.find((finding) => this.isFatal(finding));
    if (!fatal) return;
    const override =
      fatal.code === 'FLEDGE_EVICTION_POLICY'
        ? ' To start anyway and risk losing jobs, set allowEviction: true.'
        : '';
    throw new FledgeError(fatal.code, `${fatal.message}${override}`);
  }

  /** Warns, in a worker, about what runs in every process. With jobs in memory there is one process, which runs it once. */
  checkEveryProcess(): void {
    if (this.store.kind === 'redis') this.warn(this.everyProcess.findings());
  }

  private reportAdopted(): void {
    const adopted = this.adopted.all();
    if (adopted.length === 0) return;
    const zone = Intl.DateTimeFormat().resolvedOptions().timeZone;
    const isNamed = zone !== 'UTC' && adopted.some(({ usesProcessZone }) => usesProcessZone);
    this.events.emit({
      type: 'cron-adopted',
      schedules: adopted.map(({ name }) => name),
      processZone: isNamed ? zone : undefined,
    });
  }

  private isFatal({ severity, code }: Finding): boolean {
    if (severity !== 'error') return false;
    if (code !== 'FLEDGE_EVICTION_POLICY') return true;
    return process.env.NODE_ENV === 'production' && !this.options.allowEviction;
  }

  private warn(findings: readonly Finding[]): void {
    for (const { code, message } of findings) this.events.emit({ type: 'warning', code, message });
  }
}
