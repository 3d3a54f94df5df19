import { defaultRepeatStrategy, type RepeatOptions } from 'bullmq';
import { nextTick, type Timing } from '../../../job/schedule/timing.js';

/** Marks our schedulers. An application may have its own in the same queue. */
const ours = 'fledge';
const everyPattern = /^@every (\d+)$/;

/** Returns a timing as BullMQ stores it. It is always a pattern, so that BullMQ calls our strategy for the next tick. */
export function repeatOptionsOf(timing: Timing): RepeatOptions {
  if ('every' in timing) return { key: ours, pattern: `@every ${timing.every}` };
  return { key: ours, pattern: timing.cron, tz: timing.timezone };
}

/** Settings of every queue and worker of ours. The worker that starts a tick's job plans the next tick. */
export const repeatSettings = {
  repeatStrategy: (after: number, options: RepeatOptions): number | undefined => {
    const timing = timingOf(options);
    if (!timing) return defaultRepeatStrategy(after, options);
    try {
      return nextTick(timing, after);
    } catch {
      // This version of Node does not know the time zone. The job runs anyway, and a newer worker plans the next tick.
      return undefined;
    }
  },
};

function timingOf({ key, pattern, tz = 'UTC' }: RepeatOptions): Timing | undefined {
  if (key !== ours || pattern === undefined) return undefined;
  const [, every] = everyPattern.exec(pattern) ?? [];
  return every === undefined ? { cron: pattern, timezone: tz } : { every: Number(every) };
}
