import type { QueuePlan } from './queue-plan.js';

/** A process, as far as it shows which application it belongs to. */
export interface Kin {
  /** The application's name. */
  readonly app: string;
  /** True if the application set its name itself. Otherwise it comes from a package.json. */
  readonly appSet?: boolean;
}

/** The jobs of a process, each with its queue if it is known. */
export interface KnownJob {
  readonly name: string;
  readonly queue?: string;
}

/** `unclear` also happens in one application, while a deploy replaces its processes. */
export type Kinship = 'one application' | 'unclear' | 'foreign';

/** How many jobs two applications with unrelated names must share. Foreign ones may well share a `CleanupJob`. */
const enoughInCommon = 3;

/**
 * Decides whether a worker belongs to the application of a process although it has another name, as with `apps/api` and `apps/worker`
 * of a monorepo. It does if it knows each job of the process that it may fetch.
 */
export function kinshipOf(
  own: Kin & { readonly kinds: readonly KnownJob[] },
  worker: Kin & { readonly jobs: readonly string[]; readonly queues: readonly QueuePlan[] },
): Kinship {
  if (own.app === worker.app) return 'one application';
  if (own.appSet && worker.appSet) return 'foreign';
  // Such a process only looks at the jobs of others.
  if (own.kinds.length === 0) return 'one application';
  const served = new Set(worker.queues.map(({ name }) => name));
  const fetched = own.kinds.filter(({ queue }) => queue === undefined || served.has(queue));
  const isRelated = rootOf(own.app) === rootOf(worker.app);
  if (fetched.length === 0) return isRelated ? 'one application' : 'foreign';
  const known = fetched.filter(({ name }) => worker.jobs.includes(name));
  if (known.length < (isRelated ? 1 : enoughInCommon)) return 'foreign';
  return known.length === fetched.length ? 'one application' : 'unclear';
}

/** Returns the root package of `acme/api`, and the scope of `@acme/api`. An unscoped package is its own root. */
function rootOf(app: string): string {
  const [first = app] = app.split('/');
  return first.startsWith('@') ? first.slice(1) : first;
}
