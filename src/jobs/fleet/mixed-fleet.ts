import { minute } from '../values/duration.js';
import type { JobEvents } from '../events/events.js';
import { consumes, type FleetMember } from '../store/fleet.js';
import { describeDivision, findDivision } from './one-build.js';
import { describeStrangers, findStrangers, type KnownClasses } from './strangers.js';

/** How long workers may differ before it is reported, in milliseconds. A rolling deploy is over by then. */
const mixedAfter = 10 * minute;
/** How many jobs a message names. */
const mostNamed = 5;

interface Difference {
  /** The queues that the workers serve. */
  readonly queues: string;
  readonly worker: string;
  /** The jobs that other workers of the queues know and this one does not. */
  readonly unknown: readonly string[];
}

/** The workers that serve the same queues, by the names of these queues. */
type Groups = ReadonlyMap<string, readonly FleetMember[]>;

/**
 * Warns when workers of the same queues know different jobs for longer than a deploy takes. They are of two applications that have
 * the same name, or a part of the workers was not deployed. Warns at once about workers whose difference no deploy explains.
 */
export class MixedFleet {
  /** When each difference was first seen, by `performance.now()`. */
  private readonly since = new Map<string, number>();
  private readonly reported = new Set<string>();

  /** @param classes reads the recorded job classes. Called only if workers know different jobs */
  constructor(
    private readonly events: JobEvents,
    private readonly classes: () => Promise<KnownClasses>,
  ) {}

  async report(members: readonly FleetMember[], now: number): Promise<void> {
    const groups = groupsOf(members);
    const differences = [...groups].flatMap(differencesOf);
    if (differences.length > 0) this.reportUnexplained(groups, await this.classes());
    this.reportLasting(differences, now);
  }

  /** Reports at once what no deploy explains: workers that have nothing in common, and different workers of one build. */
  private reportUnexplained(groups: Groups, classes: KnownClasses): void {
    for (const [queues, group] of groups) {
      const key = `unexplained ${queues}`;
      const message = this.reported.has(key) ? undefined : unexplained(queues, group, classes);
      if (message === undefined) continue;
      // One message is enough for these workers.
      for (const { id } of group) this.reported.add(`${queues} ${id}`);
      this.reported.add(key);
      this.warn(message);
    }
  }

  private reportLasting(differences: readonly Difference[], now: number): void {
    const seen = new Map(differences.map((one) => [`${one.queues} ${one.worker}`, one]));
    for (const key of this.since.keys()) if (!seen.has(key)) this.since.delete(key);
    for (const [key, difference] of seen) {
      const since = this.since.get(key) ?? now;
      this.since.set(key, since);
      if (now - since < mixedAfter || this.reported.has(key)) continue;
      this.reported.add(key);
      this.warn(describe(difference));
    }
  }

  private warn(message: string): void {
    this.events.emit({ type: 'warning', code: 'FLEDGE_FLEET_MIXED', message });
  }
}

function unexplained(
  queues: string,
  group: readonly FleetMember[],
  classes: KnownClasses,
): string | undefined {
  const strangers = findStrangers(group, classes);
  if (strangers) return describeStrangers(strangers, queues);
  const division = findDivision(group);
  return division && describeDivision(division, queues);
}

/** Compares workers that serve the same queues. Others may have been made for different jobs. */
function groupsOf(members: readonly FleetMember[]): Groups {
  const groups = new Map<string, FleetMember[]>();
  for (const member of members.filter((one) => consumes(one) && one.damage === undefined)) {
    const queues = member.queues
      .map(({ name }) => name)
      .sort()
      .join(', ');
    groups.set(queues, [...(groups.get(queues) ?? []), member]);
  }
  return groups;
}

function differencesOf([queues, group]: readonly [string, readonly FleetMember[]]): Difference[] {
  const known = [...new Set(group.flatMap(({ jobs }) => jobs))];
  return group.flatMap(({ id, jobs }) => {
    const unknown = known.filter((name) => !jobs.includes(name));
    return unknown.length === 0 ? [] : [{ queues, worker: id, unknown }];
  });
}

function describe({ queues, worker, unknown }: Difference): string {
  const more = unknown.length > mostNamed ? ` and ${unknown.length - mostNamed} more` : '';
  return `For ten minutes the workers of the queues ${queues} have known different jobs: ${worker} does not know ${unknown.slice(0, mostNamed).join(', ')}${more}. If they are two applications, set another prefix in one of them: JobsModule.forRoot({ prefix: '…' }) or JOBS_PREFIX. If they are one application, deploy one version everywhere.`;
}
