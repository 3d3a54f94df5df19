import { humanDuration } from '../../values/duration.js';
import { asError } from '../../values/errors.js';
import type { QueueWatch } from '../../fleet/queue-watch.js';
import type { Store } from '../../store/store.js';
import type { HealthAnswer, HealthProbe } from './health-server.js';
import type { JobsWorker } from '../lifecycle/jobs-worker.js';

/** The parts of the application that the probe reads. They don't exist while the application is booting. */
export interface ProbedApplication {
  readonly worker: JobsWorker;
  readonly store: Store;
  readonly watch: QueueWatch;
}

/**
 * Answers the health checks of a worker process. A worker stays alive while the store is down, because a restart would not
 * help, and an outage should not restart the whole fleet.
 */
export class WorkerProbe implements HealthProbe {
  private application?: ProbedApplication;

  /** Called once the application has been created. */
  attach(application: ProbedApplication): void {
    this.application = application;
  }

  started(): HealthAnswer {
    const { worker } = this.application ?? {};
    return { ok: worker !== undefined, detail: { state: worker?.state ?? 'starting', ...idOf(worker) } };
  }

  /** An answer also proves that the event loop is not blocked. */
  live(): HealthAnswer {
    const { worker } = this.application ?? {};
    const silent = worker?.silent() ?? [];
    const reasons = silent.map(
      ({ queue, silentFor }) => `${queue}: has not fetched jobs for ${humanDuration(silentFor)}`,
    );
    return {
      ok: reasons.length === 0,
      detail: { state: worker?.state ?? 'starting', ...idOf(worker), reasons, silent },
    };
  }

  async ready(): Promise<HealthAnswer> {
    if (!this.application)
      return { ok: false, detail: { state: 'starting', reasons: ['the application is booting'] } };
    const { worker, store, watch } = this.application;
    const reached = await store.ping().then(
      (roundTrip) => ({ reachable: true, roundTrip: Number(roundTrip.toFixed(2)) }),
      (thrown: unknown) => ({ reachable: false, error: asError(thrown).message }),
    );
    const refused = worker.refused();
    const reasons = [
      ...('error' in reached ? [reached.error] : []),
      ...refused.map((queue) => `${queue}: the store refuses to serve it`),
      ...(worker.state === 'running' ? [] : [`the worker is ${worker.state}`]),
    ];
    return {
      ok: reasons.length === 0,
      detail: {
        state: worker.state,
        ...idOf(worker),
        reasons,
        store: { name: store.description, ...reached },
        queues: worker.plans().map((plan) => ({
          ...plan,
          running: worker.jobs().filter(({ queue }) => queue === plan.name).length,
        })),
        unserved: watch.unserved,
      },
    };
  }
}

function idOf(worker: JobsWorker | undefined): { id?: string } {
  return worker ? { id: worker.id } : {};
}
