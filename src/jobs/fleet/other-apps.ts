import type { JobEvents } from '../events/events.js';
import { isLive, type FleetMember } from '../store/fleet.js';

/** Returns the names of the applications that live workers report, in alphabetical order. */
export function appsOf(members: readonly FleetMember[]): string[] {
  const names = members.filter(isLive).flatMap(({ app }) => (app === undefined ? [] : [app]));
  return [...new Set(names)].sort();
}

/** Warns when workers of other applications use the same prefix. They would run this application's jobs. */
export class OtherApps {
  private readonly reported = new Set<string>();

  /**
   * @param own the name of this application, if it is known
   * @param store the store and the prefix, for the message
   */
  constructor(
    private readonly own: string | undefined,
    private readonly store: string,
    private readonly events: JobEvents,
  ) {}

  /** Reports each other application once per process. */
  report(members: readonly FleetMember[]): void {
    if (this.own === undefined) return;
    for (const app of appsOf(members)) {
      if (app === this.own || this.reported.has(app)) continue;
      this.reported.add(app);
      const ids = members.filter((member) => member.app === app && isLive(member)).map(({ id }) => id);
      this.events.emit({
        type: 'warning',
        code: 'FLEDGE_PREFIX_SHARED',
        message: `The applications ${this.own} (this process) and ${app} (worker ${ids.join(', ')}) use the same prefix, so each runs jobs and sends mails of the other: ${this.store}. Set another prefix in one of them, with JobsModule.forRoot({ prefix: '…' }) or JOBS_PREFIX. If they are one application, set the same app in JobsModule.forRoot({ app: '…' }) of both.`,
      });
    }
  }
}
