import { Inject, Injectable } from '@nestjs/common';
import { createHash } from 'node:crypto';
import { priorityOf } from '../job/enqueue-options.js';
import type { Envelope } from '../store/envelope.js';
import { FledgeError, invalidOption } from '../values/errors.js';
import { jobOptionsOf } from '../job/job.js';
import { JOBS_OPTIONS, type ResolvedJobsOptions } from '../config/resolved-options.js';
import { unknownName } from '../values/did-you-mean.js';
import { checkPayload } from '../values/json/json-check.js';
import { attemptsOf, callPolicyOf, unlimited } from '../job/retry/policy.js';
import { JobRegistry, type JobDefinition } from '../discovery/registry.js';
import {
  resolveMissed,
  resolveTiming,
  type ScheduleOptions,
  type Unscheduled,
} from '../job/schedule/timing.js';
import type { ScheduleEntry, ScheduleEntryOptions } from '../job/schedule-entry.js';
import { noSchedules, type Schedule } from '../store/timetable.js';

const namePattern = /^[A-Za-z0-9][\w.-]{0,99}$/;

const entryOptions: readonly string[] = [
  'name',
  'cron',
  'every',
  'timezone',
  'missed',
  'queue',
  'priority',
  'attempts',
  'retryFor',
  'backoff',
  'timeout',
  'expiresIn',
] satisfies (keyof ScheduleEntryOptions)[];

/** The schedules that the code declares, on job classes and in `JobsModule.forRoot({ schedules })`. */
@Injectable()
export class DeclaredSchedules {
  private declared?: readonly Schedule[];

  constructor(
    @Inject(JOBS_OPTIONS) private readonly options: ResolvedJobsOptions,
    private readonly registry: JobRegistry,
  ) {}

  /**
   * @throws FledgeError `FLEDGE_OPTION_INVALID`, `FLEDGE_SCHEDULE_DUPLICATE_NAME`, `FLEDGE_JOB_NOT_REGISTERED`,
   * `FLEDGE_QUEUE_UNDECLARED`, `FLEDGE_PAYLOAD_INVALID`, `FLEDGE_PAYLOAD_TOO_LARGE`
   */
  all(): readonly Schedule[] {
    return (this.declared ??= this.read());
  }

  /** Returns the same text in every process with the same schedules, and `noSchedules` if there are none. */
  fingerprint(): string {
    if (this.all().length === 0) return noSchedules;
    return fingerprintOf(this.all().map(({ fingerprint }) => fingerprint));
  }

  private read(): Schedule[] {
    const schedules = [
      ...this.registry.definitions().flatMap((definition) => this.ofClass(definition)),
      ...this.options.schedules.map((entry) => this.ofEntry(entry)),
    ];
    const seen = new Set<string>();
    for (const { name } of schedules) {
      if (seen.has(name)) throw duplicate(name);
      seen.add(name);
    }
    return schedules.toSorted((a, b) => (a.name < b.name ? -1 : 1));
  }

  private ofClass(definition: JobDefinition): Schedule[] {
    const options = jobOptionsOf(definition.jobClass);
    if (!options) return [];
    const { cron, every, timezone, missed, unique } = options;
    if ((cron ?? every ?? timezone ?? missed) === undefined) return [];
    const who = `@Job() of ${definition.jobClass.name}`;
    if (unique !== undefined) {
      throw invalidOption(
        `${who} has both a schedule and unique, but unique does not apply to ticks: a run that takes longer than its interval overlaps with the next one. Remove unique, or move the schedule to another class whose perform enqueues the unique job.`,
      );
    }
    return [this.complete(definition.name, definition, options, who, {})];
  }

  private ofEntry({ job, payload, options }: ScheduleEntry): Schedule {
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
    const attempts = Math.min(policy.attempts, unlimited);
    const envelope: Envelope = { v: 1, ...content, tick: { schedule: name, timing, missed } };
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

function withFingerprint({
  name,
  job,
  queue,
  timing,
  missed,
  envelope,
  attempts,
  priority,
}: Omit<Schedule, 'fingerprint'>): Schedule {
  const content = { name, job, queue, timing, missed, envelope, attempts, priority };
  return { ...content, fingerprint: fingerprintOf(content) };
}

function fingerprintOf(content: unknown): string {
  return createHash('sha256').update(JSON.stringify(content)).digest('hex').slice(0, 16);
}

function duplicate(name: string): FledgeError {
  return new FledgeError(
    'FLEDGE_SCHEDULE_DUPLICATE_NAME',
    `Two schedules have the name "${name}", so one would replace the other. Rename one of them. A schedule in @Job() has the job's name, and a schedule in JobsModule.forRoot has its option name.`,
  );
}
