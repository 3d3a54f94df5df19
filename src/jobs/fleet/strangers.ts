import type { FleetMember } from '../store/fleet.js';

/** A deploy of a young application may replace the few job classes that it has. */
const fewestClasses = 3;
/** How many jobs of each worker a message names. */
const mostNamed = 3;

/** The job classes of all workers. */
export interface KnownClasses {
  /** The code of each class as a short text, by name, as processes recorded it at their boots. */
  readonly codes: ReadonlyMap<string, string>;
  /** The names that every application may have, such as the job that delivers mails. */
  readonly common: ReadonlySet<string>;
}

export type Pair = readonly [FleetMember, FleetMember];

/**
 * Finds two workers that must be of two applications. The old and the new worker of a deploy have a name in common, or the code
 * of a class that the deploy renamed. Workers of two applications have neither.
 *
 * @param group live workers of the same queues
 */
export function findStrangers(group: readonly FleetMember[], classes: KnownClasses): Pair | undefined {
  for (const [i, one] of group.entries()) {
    const other = group.slice(i + 1).find((candidate) => areStrangers(one, candidate, classes));
    if (other) return [one, other];
  }
  return undefined;
}

function areStrangers(one: FleetMember, other: FleetMember, { codes, common }: KnownClasses): boolean {
  const namesOf = ({ jobs }: FleetMember): Set<string> => new Set(jobs.filter((name) => !common.has(name)));
  // Mails have no code of their own.
  const codesOf = (names: Iterable<string>): Set<string> =>
    new Set([...names].flatMap((name) => codes.get(name) ?? []));
  const [ofOne, ofOther] = [namesOf(one), namesOf(other)];
  if (overlap(ofOne, ofOther)) return false;
  const [codesOfOne, codesOfOther] = [codesOf(ofOne), codesOf(ofOther)];
  if (Math.min(codesOfOne.size, codesOfOther.size) < fewestClasses) return false;
  return !overlap(codesOfOne, codesOfOther);
}

function overlap(one: ReadonlySet<string>, other: ReadonlySet<string>): boolean {
  return [...one].some((item) => other.has(item));
}

export function describeStrangers([one, other]: Pair, queues: string): string {
  const known = ({ id, jobs }: FleetMember): string => {
    const more = jobs.length > mostNamed ? ` and ${jobs.length - mostNamed} more` : '';
    return `${id} knows ${jobs.slice(0, mostNamed).join(', ')}${more}`;
  };
  return `Two workers of the queues ${queues} have no job in common, so each postpones the jobs of the other: ${known(one)}; ${known(other)}. If they are two applications, set another prefix in one of them: JobsModule.forRoot({ prefix: '…' }) or JOBS_PREFIX. If they are one application, start all its workers with the same modules, or let each kind serve its own queues.`;
}
