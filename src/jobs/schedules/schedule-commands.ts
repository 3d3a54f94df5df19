import { FledgeError } from '../values/errors.js';
import { newJobId } from '../values/job-id.js';
import { didYouMean, unknownName } from '../values/did-you-mean.js';
import { quotedName } from '../values/quoted.js';
import type { Envelope } from '../store/envelope.js';
import type { JobReceipt } from '../job/receipt.js';
import type { Store } from '../store/store.js';
import type { DamagedSchedule, PlannedSchedule, RuntimeQuery } from '../store/timetable.js';
import { stateOf, type ScheduleState } from './schedule-state.js';

/** How many schedules that were made at run time one question to the store reads. */
const slice = 500;
/** How many names an error message lists. */
const mostNamed = 30;

/**
 * Lists all schedules in the store, declared and made at run time, ordered by name.
 * @throws FledgeError `FLEDGE_STORE_…`
 */
export async function listSchedules(store: Store): Promise<ScheduleState[]> {
  const states = await listDeclaredSchedules(store);
  for await (const state of eachRuntimeSchedule(store)) states.push(state);
  return states.toSorted((a, b) => (a.name < b.name ? -1 : 1));
}

/**
 * Lists the schedules that the code declares, ordered by name.
 * @throws FledgeError `FLEDGE_STORE_…`
 */
export async function listDeclaredSchedules({ timetable }: Store): Promise<ScheduleState[]> {
  const [sound, damaged] = await Promise.all([timetable.list(), timetable.damaged()]);
  return [...sound, ...damaged].map(stateOf).toSorted((a, b) => (a.name < b.name ? -1 : 1));
}

/**
 * Lists schedules that were made at run time, ordered by name.
 * @param query `after` is the name that the page before ended with
 * @returns the first `limit` of them, how many there are in all, and the name that this page ends with if more follow
 * @throws FledgeError `FLEDGE_STORE_…`
 */
export async function listRuntimeSchedules(
  { timetable }: Store,
  { prefix, after, limit }: RuntimeQuery,
): Promise<{
  readonly schedules: ScheduleState[];
  readonly total: number;
  readonly next: string | undefined;
}> {
  const [page, total] = await Promise.all([
    // One more than the limit shows whether more follow.
    timetable.page({ prefix, after, limit: limit + 1 }),
    timetable.count(prefix),
  ]);
  const schedules = page.schedules.slice(0, limit).map(stateOf);
  return { schedules, total, next: page.schedules.length > limit ? schedules.at(-1)?.name : undefined };
}

async function* eachRuntimeSchedule({ timetable }: Store): AsyncGenerator<ScheduleState> {
  let after: string | undefined;
  do {
    const page = await timetable.page({ after, limit: slice });
    yield* page.schedules.map(stateOf);
    after = page.after;
  } while (after !== undefined);
}

/** @throws FledgeError `FLEDGE_SCHEDULE_UNKNOWN`, `FLEDGE_STORE_…` */
export async function pauseSchedule(store: Store, name: string): Promise<void> {
  await find(store, name);
  await store.timetable.pause(name);
}

/** @throws FledgeError `FLEDGE_SCHEDULE_UNKNOWN`, `FLEDGE_STORE_…` */
export async function resumeSchedule(store: Store, name: string): Promise<void> {
  await find(store, name);
  await store.timetable.resume(name);
}

/**
 * Enqueues a schedule's job now, with its payload. The job is not a tick, and the schedule's ticks don't change.
 * @throws FledgeError `FLEDGE_SCHEDULE_UNKNOWN`, `FLEDGE_STORE_…`
 */
export async function runSchedule(store: Store, name: string): Promise<JobReceipt> {
  const { job, queue, envelope, priority, attempts } = await find(store, name);
  const id = newJobId();
  const added = await store.add({
    id,
    repeated: false,
    name: job,
    queue,
    envelope: byHand(envelope),
    delay: 0,
    priority,
    attempts,
    unique: undefined,
  });
  if (added.status === 'failed') throw added.error;
  return { id, name: job, queue, status: 'enqueued' };
}

/** A run by hand is not a tick. It keeps the note of a schedule that may have only one run at once. */
function byHand(envelope: Envelope): Envelope {
  if (envelope.tick?.overlap === 'skip') return envelope;
  const { tick: _, ...rest } = envelope;
  return rest;
}

async function find(store: Store, name: string): Promise<PlannedSchedule> {
  const { timetable } = store;
  const found = await timetable.find(name);
  if (found && 'damage' in found) throw isDamaged(found);
  if (found) return found;
  const [declared, { schedules }] = await Promise.all([timetable.list(), timetable.page({ limit: slice })]);
  const names = [...declared, ...schedules].map((schedule) => schedule.name);
  const none = names.length === 0 ? ' The store has no schedules.' : '';
  const unknown =
    names.length <= mostNamed
      ? unknownName('schedule', name, names, undefined, quotedName(name))
      : `Unknown schedule${quotedName(name)}.${didYouMean(name, names)} Use a name from fledge cron or JobsInspector.schedules().`;
  throw new FledgeError(
    'FLEDGE_SCHEDULE_UNKNOWN',
    `${unknown}${none} Workers write the schedules that the code declares to the store when they start.`,
  );
}

function isDamaged({ name, damage, runtime }: DamagedSchedule): FledgeError {
  const fix = runtime
    ? 'Make it again with JobsService.schedules.upsert, or remove it with JobsService.schedules.remove.'
    : 'Start a worker whose code declares the schedule. It writes the record again within 15 s.';
  return new FledgeError(
    'FLEDGE_SCHEDULE_UNKNOWN',
    `The schedule "${name}" cannot be used: ${damage}. ${fix}`,
  );
}
