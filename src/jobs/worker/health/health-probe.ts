import { humanDuration } from '../../values/duration.js';
import { asError } from '../../values/errors.js';
import type { QueueWatch } from '../../fleet/queue-watch.js';
import type { Store } from '../../store/store.js';
import type { HealthAnswer, HealthProbe } from './health-server.js';
import type { JobsWorker } from '../lifecycle/jobs-worker.js';

/** What the probe looks at; nothing of it is there while the application boots. */
export interface ProbedApplication {
  readonly worker: JobsWorker;
  readonly store: Store;
  readonly watch: QueueWatch;
}

/**
 * Answers for a worker process. Alive is what a restart would not improve: a store that is down leaves it alive, so that
 * an outage does not restart the fleet over and over.
 */
export class WorkerProbe implements HealthProbe {
  private application?: ProbedApplication;

  /** The application is up; from now on there is something to look at. */
  attach(application: ProbedApplication): void {
    this.application = application;
  }

  started(): HealthAnswer {
    const { worker } = this.application ?? {};
    return { ok: worker !== undefined, detail: { state: worker?.state ?? 'starting', ...idOf(worker) } };
  }

  /** That it answers at all shows that the event loop turns. */
  live(): HealthAnswer {
    const { worker } = this.application ?? {};
    const silent = worker?.silent() ?? [];
    const reasons = silent.map(
      ({ queue, silentFor }) => `${queue}: has not asked for jobs for ${humanDuration(silentFor)}`,
    );
    return {
      ok: reasons.length === 0,
      detail: { state: worker?.state ?? 'starting', ...idOf(worker), reasons, silent },
    };
  }

  async ready(): Promise<HealthAnswer> {
    if (!this.application)
      return { ok: false, detail: { state: 'starting', reasons: ['the application boots'] } };
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
        unworked: watch.unworked,
      },
    };
  }
}

function idOf(worker: JobsWorker | undefined): { id?: string } {
  return worker ? { id: worker.id } : {};
}
