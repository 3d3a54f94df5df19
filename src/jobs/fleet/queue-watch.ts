import { Inject, Injectable } from '@nestjs/common';
import { FledgeError } from '../values/errors.js';
import { JobEvents } from '../events/events.js';
import { JOBS_OPTIONS, type ResolvedJobsOptions } from '../config/resolved-options.js';
import { JobRegistry } from '../discovery/registry.js';
import { MixedFleet } from './mixed-fleet.js';
import { OtherApps } from './other-apps.js';
import type { KnownClasses } from './strangers.js';
import { Reminders, type Reminder } from './reminders.js';
import { Store } from '../store/store.js';
import { findUnserved, kindsOf, type Unserved } from './unserved.js';

const nothing: Unserved = { queues: [], jobs: [] };

/**
 * Reports queues that have jobs but no worker, job classes that no live worker knows, and other applications on the same
 * prefix. Runs in web and worker processes.
 * The classic case is a worker that was started without the queue `mailers`.
 */
@Injectable()
export class QueueWatch {
  private timer?: NodeJS.Timeout;
  private reportedBlindness = false;
  private readonly reminders: Reminders;
  private readonly otherApps: OtherApps;
  private readonly mixedFleet: MixedFleet;
  /** The result of the last check, empty while the store is unreachable. */
  unserved: Unserved = nothing;

  constructor(
    @Inject(JOBS_OPTIONS) private readonly options: ResolvedJobsOptions,
    private readonly registry: JobRegistry,
    private readonly store: Store,
    private readonly events: JobEvents,
  ) {
    this.reminders = new Reminders(events);
    this.mixedFleet = new MixedFleet(events, () => this.knownClasses());
    const { app, given } = options;
    const own = app === undefined ? undefined : { app, appSet: given.has('app') };
    this.otherApps = new OtherApps(own, store.description, events);
  }

  start(): void {
    const { watchInterval } = this.options;
    this.timer = setInterval(() => void this.check(), watchInterval).unref();
  }

  stop(): void {
    clearInterval(this.timer);
  }

  private async check(): Promise<void> {
    try {
      const [stats, members] = await Promise.all([
        this.store.stats([...this.options.queues.keys()]),
        this.store.fleet.members(),
      ]);
      const definitions = this.registry.definitions();
      this.otherApps.report(members, definitions.flatMap(kindsOf), performance.now());
      await this.mixedFleet.report(members, performance.now());
      if (stats.some(({ consumers }) => consumers === undefined)) this.reportBlindness();
      this.unserved = findUnserved(stats, members, definitions);
      this.reminders.update(remindersOf(this.unserved));
    } catch (error) {
      this.unserved = nothing;
      // The store's link reports all other errors of the store.
      if (error instanceof FledgeError && error.code === 'FLEDGE_STORE_PERMISSION') this.reportBlindness();
    }
  }

  /** Without the right to read the codes, workers are compared by the jobs that they know for ten minutes. */
  private async knownClasses(): Promise<KnownClasses> {
    const codes = await this.store.fleet.classCodes().catch(() => new Map<string, string>());
    const shared = this.registry.definitions().filter(({ subjects }) => subjects !== undefined);
    return { codes, common: new Set(shared.map(({ name }) => name)) };
  }

  /** Reports it once per process. */
  private reportBlindness(): void {
    if (this.reportedBlindness) return;
    this.reportedBlindness = true;
    this.events.emit({
      type: 'warning',
      code: 'FLEDGE_QUEUE_WATCH_BLIND',
      message:
        'Fledge cannot check whether every queue has a worker, because the store’s user is not allowed to run CLIENT LIST. Allow it with +client|list.',
    });
  }
}

function remindersOf({ queues, jobs }: Unserved): Map<string, Reminder> {
  return new Map<string, Reminder>([
    ...queues.map(
      ({ queue, jobs: count }) =>
        [
          `queue ${queue}`,
          {
            problem: { type: 'queue-unserved', queue, jobs: count },
            solved: { type: 'queue-served-again', queue },
          },
        ] as const,
    ),
    ...jobs.map(
      ({ name, queue }) =>
        [
          `job ${name}`,
          { problem: { type: 'job-unserved', name, queue }, solved: { type: 'job-served-again', name } },
        ] as const,
    ),
  ]);
}
