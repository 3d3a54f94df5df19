import { Inject, Injectable } from '@nestjs/common';
import { createHash } from 'node:crypto';
import { JOBS_OPTIONS, type ResolvedJobsOptions } from '../config/resolved-options.js';
import { JobRegistry, type JobDefinition } from '../discovery/registry.js';
import { priorityOf } from '../job/enqueue-options.js';
import { jobOptionsOf } from '../job/job.js';
import { attemptsOf, callPolicyOf, unlimited } from '../job/retry/policy.js';
import type { ScheduleEntry, ScheduleEntryOptions } from '../job/schedule-entry.js';
import {
  resolveMissed,
  resolveOverlap,
  resolveTiming,
  type ScheduleOptions,
  type Unscheduled,
} from '../job/schedule/timing.js';
import type { Envelope } from '../store/envelope.js';
import type { Schedule } from '../store/timetable.js';
import { unknownName } from '../values/did-you-mean.js';
import { invalidOption } from '../values/errors.js';
import { checkPayload } from '../values/json/json-check.js';

const namePattern = /^[A-Za-z0-9][\w.-]{0,99}$/;

const entryOptions: readonly string[] = [
  'name',
  'cron',
  'every',
  'timezone',
  'missed',
  'overlap',
  'queue',
  'priority',
  'attempts',
  'retryFor',
  'backoff',
  'timeout',
  'expiresIn',
] satisfies (keyof ScheduleEntryOptions)[];

/** Makes the records of schedules, and checks their options. */
@Injectable()
export class ScheduleRecords {
  constructor(
    @Inject(JOBS_OPTIONS) private readonly options: ResolvedJobsOptions,
    private readonly registry: JobRegistry,
  ) {}

  /**
   * Returns the schedule of a job class or of an adopted method, or undefined if it has none.
   * @throws FledgeError `FLEDGE_OPTION_INVALID`
   */
  ofDefinition(definition: JobDefinition): Schedule | undefined {
    const { adopted, jobClass, name } = definition;
    if (adopted) {
      const schedule = this.complete(name, definition, adopted.schedule, adopted.method.where, {});
      return adopted.isDisabled ? withFingerprint({ ...schedule, disabled: true }) : schedule;
    }
    const options = jobOptionsOf(jobClass);
    if (!options) return undefined;
    const { cron, every, timezone, missed, overlap, unique } = options;
    if ((cron ?? every ?? timezone ?? missed ?? overlap) === undefined) return undefined;
    const who = `@Job() of ${jobClass.name}`;
    if (unique !== undefined) {
      throw invalidOption(
        `${who} has both a schedule and unique, but unique does not apply to ticks: a run that takes longer than its interval overlaps with the next one. Use overlap: 'skip' instead of unique. Or move the schedule to another class whose perform enqueues the unique job.`,
      );
    }
    return this.complete(name, definition, options, who, {});
  }

  /**
   * @throws FledgeError `FLEDGE_OPTION_INVALID`, `FLEDGE_JOB_NOT_REGISTERED`, `FLEDGE_QUEUE_UNDECLARED`,
   * `FLEDGE_PAYLOAD_INVALID`, `FLEDGE_PAYLOAD_TOO_LARGE`
   */
  ofEntry({ job, payload, options }: ScheduleEntry): Schedule {
    const { name } = options;
    const definition = this.registry.definitionOf(job);
    const subject = `schedule ${JSON.stringify(name)} of ${job.name}`;
    const who = `The ${subject}`;
    if (typeof name !== 'string' || !namePattern.test(name)) {
      throw invalidOption(
        `A schedule of ${job.name} has the name ${JSON.stringify(name)}, which is not valid. Use at most 100 letters, digits, "_", "-" and ".", and start with a letter or digit.`,
      );
    }
    refuseUnknown(options, `the ${subject}`);
    const { value } = checkPayload(who, payload, this.options.payloadLimit);
    const call = callPolicyOf(options, who);
    const { attempts, retryFor, priority, queue } = options;
    const schedule = this.complete(name, definition, options, who, {
      ...(value === undefined ? {} : { payload: value }),
      ...(call && { call }),
    });
    return withFingerprint({
      ...schedule,
      queue: this.registry.requireQueue(queue ?? definition.queue, who),
      priority: priorityOf(priority, `${who}: priority`) ?? definition.priority,
      ...(attempts !== undefined && { attempts: attemptsOf(attempts, who) }),
      ...(retryFor !== undefined && { attempts: unlimited }),
    });
  }

  /** Takes the options that an entry does not override from the class. */
  private complete(
    name: string,
    { name: job, queue, policy, priority }: JobDefinition,
    options: ScheduleOptions | Unscheduled,
    who: string,
    content: Pick<Envelope, 'payload' | 'call'>,
  ): Schedule {
    const timing = resolveTiming(options, who);
    const missed = resolveMissed(options.missed, who);
    const overlap = resolveOverlap(options.overlap, who);
    const attempts = Math.min(policy.attempts, unlimited);
    const tick = { schedule: name, timing, missed, ...(overlap === 'skip' && { overlap }) };
    const envelope: Envelope = { v: 1, ...content, tick };
    return withFingerprint({ name, job, queue, timing, missed, envelope, attempts, priority });
  }
}

/** Plain JavaScript, casts and merged options can contain options that the types forbid. */
function refuseUnknown(options: object, subject: string): void {
  const unknown = Object.keys(options).find((name) => !entryOptions.includes(name));
  if (unknown === undefined) return;
  throw invalidOption(
    `${unknownName('option', unknown, entryOptions, subject)} Set other options in @Job() of its class.`,
  );
}

/** Returns the record with the hash of its content. */
function withFingerprint({
  name,
  job,
  queue,
  timing,
  missed,
  envelope,
  attempts,
  priority,
  disabled,
}: Omit<Schedule, 'fingerprint'>): Schedule {
  const content = {
    name,
    job,
    queue,
    timing,
    missed,
    envelope,
    attempts,
    priority,
    ...(disabled && { disabled }),
  };
  return { ...content, fingerprint: fingerprintOf(content) };
}

export function fingerprintOf(content: unknown): string {
  return createHash('sha256').update(JSON.stringify(content)).digest('hex').slice(0, 16);
}
