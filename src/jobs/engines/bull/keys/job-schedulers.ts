import type { JobsOptions as BullJobOptions, Queue } from 'bullmq';
import { schedulerIdOf, tickIdOf } from '../../../job/schedule/tick.js';
import type { Schedule } from '../../../store/timetable.js';
import type { Ask } from '../connection/ask.js';
import { repeatOptionsOf } from '../connection/repeat-strategy.js';
import { keepDueTick } from './due-tick.js';
import { isQueueName } from './find-queues.js';
import type { ScheduleReader } from './schedule-reader.js';
import type { StoredSchedule } from './schedule-record.js';

/** A process whose clock is further ahead than this leaves planning to the workers. In milliseconds. */
const mostAhead = 1_000;
/** How often one change looks at the record. More often is needed only if many processes change one schedule at once. */
const mostLooks = 20;

interface Resources {
  readonly queue: (name: string) => Promise<Queue>;
  readonly ask: Ask;
  /** Returns BullMQ's options for a job of a schedule. */
  readonly optionsOf: (schedule: Pick<Schedule, 'priority' | 'attempts'>) => BullJobOptions;
}

/** What a record says, and the time of the server in milliseconds since 1970. */
interface Seen {
  readonly now: number;
  /** The schedule, unless it is paused, removed or damaged. */
  readonly wanted: StoredSchedule | undefined;
  /** The queue in which it ticks although it is paused. */
  readonly unwanted: string | undefined;
}

/**
 * BullMQ's job schedulers of schedules. Their ids begin with `fledge-`. Fledge does not touch others.
 *
 * A job scheduler follows its record. Every change writes the record first, then corrects the job scheduler, and then looks at
 * the record again until the two agree. So of several changes at the same time, the one that corrects last sees what the
 * record has become. If a process is killed in between, the leader does the rest.
 */
export class JobSchedulers {
  constructor(
    private readonly store: Resources,
    private readonly reader: ScheduleReader,
  ) {}

  /**
   * @param left a queue in which the schedule may tick although its record does not say so
   * @param planner says whether this process plans the tick even if its clock is ahead
   * @returns false if there was nothing to do
   */
  async follow(
    name: string,
    left?: string,
    planner: 'whatever the clock' | 'unless ahead' = 'unless ahead',
  ): Promise<boolean> {
    /** The queues in which it may tick. */
    const queues = new Set([left ?? ''].filter(isQueueName));
    let planned: string | undefined;
    let hasChanged = false;
    for (let looks = 0; looks < mostLooks; looks++) {
      const { now, wanted, unwanted } = await this.look(name);
      if (unwanted !== undefined) queues.add(unwanted);
      const leaving = [...queues].filter((queue) => queue !== wanted?.queue);
      for (const queue of leaving) {
        if (await this.leave(name, queue, wanted, now)) hasChanged = true;
        queues.delete(queue);
      }
      const isDue = wanted && !ticks(wanted) && wanted.fingerprint !== planned;
      // BullMQ plans nothing before the time of this process, so ticks before that time would be lost.
      const mayPlan = planner === 'whatever the clock' || Date.now() - now <= mostAhead;
      if (isDue && mayPlan) {
        queues.add(wanted.queue);
        planned = wanted.fingerprint;
        await this.begin(wanted, now);
        hasChanged = true;
      } else if (leaving.length === 0) break;
    }
    return hasChanged;
  }

  private async look(name: string): Promise<Seen> {
    const { now, found } = await this.reader.stored(name);
    if (!found || 'damage' in found) return { now, wanted: undefined, unwanted: undefined };
    if (!found.paused) return { now, wanted: found, unwanted: undefined };
    return { now, wanted: undefined, unwanted: found.next === undefined ? undefined : found.queue };
  }

  /**
   * Plans the first tick after now. It is also after the last tick that is known to have started, because that tick's worker
   * may have a clock that is ahead. BullMQ replaces a planned tick in one step, so none is lost and none comes twice.
   */
  private async begin(schedule: StoredSchedule, now: number): Promise<void> {
    const { name, job, queue: of, timing, envelope, fingerprint, last = 0 } = schedule;
    // BullMQ keeps options that it does not know. The fingerprint shows a change that was interrupted.
    const opts = { ...this.store.optionsOf(schedule), prevMillis: Math.max(now, last), fingerprint };
    await this.store.ask(async () => {
      const queue = await this.store.queue(of);
      await keepDueTick(queue, name, now);
      await queue.upsertJobScheduler(schedulerIdOf(name), repeatOptionsOf(timing), {
        name: job,
        data: envelope,
        opts,
      });
    });
  }

  /**
   * Makes no further ticks in a queue, and drops the tick that has not started. A schedule that moves to another queue keeps a
   * due tick, because it begins there with the tick after it.
   *
   * @param moved the schedule, if it is in another queue now
   * @returns false if it did not tick there
   */
  private leave(
    name: string,
    from: string,
    moved: StoredSchedule | undefined,
    now: number,
  ): Promise<boolean> {
    return this.store.ask(async () => {
      const queue = await this.store.queue(from);
      const id = schedulerIdOf(name);
      const found = await queue.getJobScheduler(id);
      const keepsDue = moved && !ticks(moved);
      if (keepsDue) await keepDueTick(queue, name, now);
      await queue.removeJobScheduler(id);
      // BullMQ removed the tick only if it was not due yet. It refuses to remove a tick that runs, which is right.
      if (found?.next && !keepsDue) await queue.remove(tickIdOf(name, found.next)).catch(() => undefined);
      return found !== undefined;
    });
  }
}

/** Returns whether a schedule's job scheduler has the content of its record. */
function ticks({ next, isCurrent }: StoredSchedule): boolean {
  return next !== undefined && isCurrent;
}
