import { unlimited } from '../job/retry/policy.js';
import type { UniqueMode, UniquePlan } from '../job/unique.js';
import { isCount, isObject, isText, isWithin } from '../values/readers.js';

/** The `unique` of a job class, as far as it is data. */
export interface CatalogUnique extends Pick<UniquePlan, 'until' | 'mode'> {
  /** In milliseconds. @default no limit */
  readonly for?: number;
  /** The names of fields. @default the whole payload */
  readonly by?: readonly string[];
  /** True if `by` is a function. Only a process with the application's code can call it. */
  readonly byFunction?: boolean;
}

/** What an enqueue has to know about a job class. */
export interface CatalogJob {
  readonly name: string;
  readonly aliases?: readonly string[];
  readonly queue: string;
  /** Absent for a class with `retryFor`. */
  readonly attempts?: number;
  readonly priority?: number;
  readonly unique?: CatalogUnique;
  /** For the class that delivers mails: all mails, such as `UserMailer.welcome`. */
  readonly subjects?: readonly string[];
}

/**
 * What a process without the application has to know to enqueue its jobs. It is the same for all workers of one build, and it does
 * not change while a worker runs, so it is not a part of the heartbeat.
 */
export interface JobCatalog {
  /** The queues that the application declares. */
  readonly queues: readonly string[];
  /** In bytes of JSON. */
  readonly payloadLimit: { readonly warn: number; readonly refuse: number };
  /** The names of the enqueue middleware. It runs only in the application. */
  readonly enqueueMiddleware: readonly string[];
  readonly jobs: readonly CatalogJob[];
}

/** A catalog on its way into the store. */
export interface StoredCatalog {
  /** A hash of the text. Workers with equal catalogs share one record. */
  readonly id: string;
  /** The catalog as JSON. */
  readonly text: string;
}

const modes: readonly UniqueMode[] = ['first', 'replace', 'last'];

/** Returns undefined if the text is not a catalog. Another program or a later Fledge may have written it. */
export function readCatalog(text: string): JobCatalog | undefined {
  try {
    const catalog: unknown = JSON.parse(text);
    return isCatalog(catalog) ? catalog : undefined;
  } catch {
    return undefined;
  }
}

function isCatalog(value: unknown): value is JobCatalog {
  if (!isObject(value)) return false;
  const { queues, payloadLimit, enqueueMiddleware, jobs } = value;
  return (
    areTexts(queues) &&
    isObject(payloadLimit) &&
    isCount(payloadLimit.warn) &&
    isCount(payloadLimit.refuse) &&
    areTexts(enqueueMiddleware) &&
    Array.isArray(jobs) &&
    jobs.every(isCatalogJob)
  );
}

function isCatalogJob(value: unknown): value is CatalogJob {
  if (!isObject(value)) return false;
  const { name, aliases = [], queue, attempts, priority, unique, subjects = [] } = value;
  return (
    isText(name) &&
    areTexts(aliases) &&
    isText(queue) &&
    (attempts === undefined || (isCount(attempts) && isWithin(attempts, 1, unlimited))) &&
    (priority === undefined || isCount(priority)) &&
    (unique === undefined || isCatalogUnique(unique)) &&
    areTexts(subjects)
  );
}

function isCatalogUnique(value: unknown): value is CatalogUnique {
  if (!isObject(value)) return false;
  const { until, mode, for: span, by = [], byFunction = false } = value;
  return (
    (until === 'start' || until === 'done') &&
    modes.some((known) => known === mode) &&
    (span === undefined || isCount(span)) &&
    areTexts(by) &&
    typeof byFunction === 'boolean'
  );
}

function areTexts(value: unknown): value is readonly string[] {
  return Array.isArray(value) && value.every(isText);
}
