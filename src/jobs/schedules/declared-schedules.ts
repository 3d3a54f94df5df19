import { Inject, Injectable } from '@nestjs/common';
import { JOBS_OPTIONS, type ResolvedJobsOptions } from '../config/resolved-options.js';
import { JobRegistry } from '../discovery/registry.js';
import { noSchedules, type Schedule } from '../store/timetable.js';
import { FledgeError } from '../values/errors.js';
import { fingerprintOf, ScheduleRecords } from './schedule-records.js';

/** The schedules that the code declares, on job classes, in `JobsModule.forRoot({ schedules })` and on adopted methods. */
@Injectable()
export class DeclaredSchedules {
  private declared?: readonly Schedule[];

  constructor(
    @Inject(JOBS_OPTIONS) private readonly options: ResolvedJobsOptions,
    private readonly registry: JobRegistry,
    private readonly records: ScheduleRecords,
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
      ...this.registry.definitions().flatMap((definition) => this.records.ofDefinition(definition) ?? []),
      ...this.options.schedules.map((entry) => this.records.ofEntry(entry)),
    ];
    const seen = new Set<string>();
    for (const { name } of schedules) {
      if (seen.has(name)) throw duplicate(name);
      seen.add(name);
    }
    return schedules.toSorted((a, b) => (a.name < b.name ? -1 : 1));
  }
}

function duplicate(name: string): FledgeError {
  return new FledgeError(
    'FLEDGE_SCHEDULE_DUPLICATE_NAME',
    `Two schedules have the name "${name}", so one would replace the other. Rename one of them. A schedule in @Job() has the job's name, a schedule in JobsModule.forRoot has its option name, and an adopted @Cron method has the name in its decorator.`,
  );
}
