import { Inject, Injectable } from '@nestjs/common';
import { FledgeError } from '../values/errors.js';
import { JobEvents, type JobEvent } from '../events/events.js';
import { JOBS_OPTIONS, type ResolvedJobsOptions } from '../config/resolved-options.js';
import { JobRegistry } from '../discovery/registry.js';
import { Sightings } from './reminders.js';
import { Store } from '../store/store.js';
import { findUnworked, type Unworked } from './unserved.js';

const nothing: Unworked = { queues: [], jobs: [] };

/**
 * Says, in web and worker alike, when a queue has jobs that nobody works ("mailers was forgotten" is the classic) and
 * when no live worker knows a job class.
 */
@Injectable()
export class QueueWatch {
  private timer?: NodeJS.Timeout;
  private saidBlind = false;
  private readonly sightings: Sightings;
  /** What was found when it last looked; nothing while the store cannot be asked. */
  unworked: Unworked = nothing;

  constructor(
    @Inject(JOBS_OPTIONS) private readonly options: ResolvedJobsOptions,
    private readonly registry: JobRegistry,
    private readonly store: Store,
    private readonly events: JobEvents,
  ) {
    this.sightings = new Sightings(events);
  }

  start(): void {
    const { watchInterval } = this.options;
    this.timer = setInterval(() => void this.look(), watchInterval).unref();
  }

  stop(): void {
    clearInterval(this.timer);
  }

  private async look(): Promise<void> {
    try {
      const [stats, members] = await Promise.all([
        this.store.stats([...this.options.queues.keys()]),
        this.store.fleet.members(),
      ]);
      if (stats.some(({ consumers }) => consumers === undefined)) this.reportBlindness();
      this.unworked = findUnworked(stats, members, this.registry.definitions());
      this.sightings.update(sightingsOf(this.unworked));
    } catch (error) {
      // Nobody knows any more.
      this.unworked = nothing;
      // Other trouble of the store is its link's to report.
      if (error instanceof FledgeError && error.code === 'FLEDGE_STORE_PERMISSION') this.reportBlindness();
    }
  }

  /** Said once. */
  private reportBlindness(): void {
    if (this.saidBlind) return;
    this.saidBlind = true;
    this.events.emit({
      type: 'warning',
      code: 'FLEDGE_QUEUE_WATCH_BLIND',
      message:
        'Fledge cannot see whether every queue has a worker: the store’s user may not run CLIENT LIST. Allow it: +client|list.',
    });
  }
}

function sightingsOf({ queues, jobs }: Unworked): Map<string, { said: JobEvent; cured: JobEvent }> {
  return new Map([
    ...queues.map(({ queue, jobs: count }) =>
      sighting(
        `queue ${queue}`,
        { type: 'queue-unworked', queue, jobs: count },
        { type: 'queue-worked-again', queue },
      ),
    ),
    ...jobs.map(({ name, queue }) =>
      sighting(`job ${name}`, { type: 'job-unworked', name, queue }, { type: 'job-worked-again', name }),
    ),
  ]);
}

function sighting(
  key: string,
  said: JobEvent,
  cured: JobEvent,
): [string, { said: JobEvent; cured: JobEvent }] {
  return [key, { said, cured }];
}
