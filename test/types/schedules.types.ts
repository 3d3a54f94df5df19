/* Compiled but never run. `test/types.test.ts` checks which lines compile and which do not. */
import { Job, JobsModule, schedule, type JobContext, type JobsService } from 'nestjs-fledge';

@Job({ cron: '0 3 * * *', timezone: 'Europe/Berlin', missed: 'once', queue: 'reports', attempts: 3 })
export class NoPayload {
  async perform(): Promise<void> {}
}

@Job({ every: '15m' })
export class OnlyContext {
  async perform(_: undefined, { tick }: JobContext): Promise<string | undefined> {
    return tick?.toISOString();
  }
}

@Job({ every: 60_000 })
export class OptionalPayload {
  async perform(_payload?: { since: string }): Promise<void> {}
}

@Job()
class NeedsPayload {
  async perform(_payload: { fileId: string }): Promise<void> {}
}

// @ts-expect-error a class with a schedule of its own has no payload
@Job({ cron: '0 3 * * *' })
export class ScheduledWithPayload {
  async perform(_payload: { fileId: string }): Promise<void> {}
}

// @ts-expect-error cron or every
@Job({ cron: '0 3 * * *', every: '1h' })
export class Both {
  async perform(): Promise<void> {}
}

// @ts-expect-error every is the same everywhere
@Job({ every: '1h', timezone: 'Europe/Berlin' })
export class EveryInZone {
  async perform(): Promise<void> {}
}

// @ts-expect-error without a schedule there is nothing to miss
@Job({ missed: 'once' })
export class MissesNothing {
  async perform(): Promise<void> {}
}

// @ts-expect-error no such policy
@Job({ every: '1h', missed: 'all' })
export class MakesUpForAll {
  async perform(): Promise<void> {}
}

// @ts-expect-error uniqueness is no matter of ticks
@Job({ every: '1h', unique: {} })
export class UniqueTicks {
  async perform(): Promise<void> {}
}

export const entries = [
  schedule(NeedsPayload, { fileId: 'a' }, { name: 'a', cron: '0 3 * * *', timezone: 'Europe/Berlin' }),
  schedule(NeedsPayload, { fileId: 'b' }, { name: 'b', every: '1d', queue: 'q', priority: 1, attempts: 2 }),
  schedule(NoPayload, undefined, { name: 'c', every: '1d', timeout: '1m', expiresIn: '1h' }),
  schedule(OptionalPayload, { since: 'today' }, { name: 'd', every: '1d' }),
  // @ts-expect-error the payload has another type
  schedule(NeedsPayload, { fileId: 1 }, { name: 'e', every: '1d' }),
  // @ts-expect-error the payload is missing
  schedule(NeedsPayload, undefined, { name: 'f', every: '1d' }),
  // @ts-expect-error the name is missing
  schedule(NeedsPayload, { fileId: 'a' }, { every: '1d' }),
  // @ts-expect-error neither cron nor every
  schedule(NeedsPayload, { fileId: 'a' }, { name: 'g' }),
  // @ts-expect-error both
  schedule(NeedsPayload, { fileId: 'a' }, { name: 'h', every: '1d', cron: '* * * * *' }),
];

export const module = JobsModule.forRoot({ schedules: entries });

@Job({ every: '1h', overlap: 'skip' })
export class OneAtOnce {
  async perform(): Promise<void> {}
}

// @ts-expect-error overlap is an option of schedules
@Job({ overlap: 'skip' })
export class OverlapsNothing {
  async perform(): Promise<void> {}
}

export async function atRunTime(jobs: JobsService): Promise<void> {
  const monday = { name: 'digest-1', cron: '0 8 * * 1', timezone: 'Asia/Tokyo' } as const;
  await jobs.schedules.upsert(NeedsPayload, { fileId: 'a' }, monday);
  await jobs.schedules.upsert(NoPayload, undefined, { ...monday, missed: 'once', overlap: 'skip' });
  // @ts-expect-error the payload has another type
  await jobs.schedules.upsert(NeedsPayload, { fileId: 1 }, monday);
  // @ts-expect-error the name is missing
  await jobs.schedules.upsert(NeedsPayload, { fileId: 'a' }, { every: '1d' });
  const { schedules, cursor } = await jobs.schedules.list({
    prefix: 'digest-',
    job: NeedsPayload,
    limit: 20,
  });
  await jobs.schedules.list(cursor === undefined ? {} : { cursor });
  const removed: boolean[] = await Promise.all(schedules.map(({ name }) => jobs.schedules.remove(name)));
  void removed;
}

export const adopted = [
  JobsModule.forRoot({ adoptCron: true }),
  JobsModule.forRoot({ adoptCron: { queue: 'cron', attempts: 3, timeout: '5m', logLevel: 'warn' } }),
  // @ts-expect-error a name belongs to one job
  JobsModule.forRoot({ adoptCron: { name: 'all' } }),
];
