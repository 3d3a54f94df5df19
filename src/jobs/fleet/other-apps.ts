import type { JobEvents } from '../events/events.js';
import { isLive, type FleetMember } from '../store/fleet.js';
import { kinshipOf, type Kin, type KnownJob } from '../store/kinship.js';
import { minute } from '../values/duration.js';

/** How long it may be unclear whether a worker is of another application, in milliseconds. A rolling deploy is over by then. */
const unclearFor = 10 * minute;

/** Warns when workers of other applications use the same prefix. They would run this application's jobs. */
export class OtherApps {
  private readonly reported = new Set<string>();
  /** Since when it has been unclear, by application and by `performance.now()`. */
  private readonly unclearSince = new Map<string, number>();

  /**
   * @param own this application, if its name is known
   * @param store the store and the prefix, for the message
   */
  constructor(
    private readonly own: Kin | undefined,
    private readonly store: string,
    private readonly events: JobEvents,
  ) {}

  /**
   * Reports each other application once per process.
   * @param kinds the jobs of this process
   */
  report(members: readonly FleetMember[], kinds: readonly KnownJob[], now: number): void {
    if (this.own === undefined) return;
    const { app: own, appSet = false } = this.own;
    for (const [app, workers] of workersByApp(members)) {
      const kinships = workers.map((worker) => kinshipOf({ app: own, appSet, kinds }, { ...worker, app }));
      const isForeign = kinships.includes('foreign') || this.isUnclearForLong(app, kinships, now);
      if (!isForeign || this.reported.has(app)) continue;
      this.reported.add(app);
      const ids = workers.map(({ id }) => id).join(', ');
      this.events.emit({
        type: 'warning',
        code: 'FLEDGE_PREFIX_SHARED',
        message: `The applications ${own} (this process) and ${app} (worker ${ids}) use the same prefix, so each runs jobs and sends mails of the other: ${this.store}. Set another prefix in one of them, with JobsModule.forRoot({ prefix: '…' }) or JOBS_PREFIX. If they are one application, set the same app in JobsModule.forRoot({ app: '…' }) of both.`,
      });
    }
  }

  private isUnclearForLong(app: string, kinships: readonly string[], now: number): boolean {
    if (!kinships.includes('unclear')) {
      this.unclearSince.delete(app);
      return false;
    }
    const since = this.unclearSince.get(app) ?? now;
    this.unclearSince.set(app, since);
    return now - since >= unclearFor;
  }
}

/** Returns the live workers by the application that they report, in alphabetical order. */
function workersByApp(members: readonly FleetMember[]): [string, FleetMember[]][] {
  const workers = new Map<string, FleetMember[]>();
  for (const member of members.filter(isLive))
    if (member.app !== undefined) workers.set(member.app, [...(workers.get(member.app) ?? []), member]);
  return [...workers].sort(([a], [b]) => (a < b ? -1 : 1));
}
