import { defaultRepeatStrategy, type RepeatOptions } from 'bullmq';
import { nextTick, type Timing } from '../../../job/schedule/timing.js';

/** Tells our schedulers from those that an application has in the same queue. */
const ours = 'fledge';
const everyPattern = /^@every (\d+)$/;

/** How BullMQ stores a timing: always as a pattern, so that it asks us for the next tick. */
export function repeatOptionsOf(timing: Timing): RepeatOptions {
  if ('every' in timing) return { key: ours, pattern: `@every ${timing.every}` };
  return { key: ours, pattern: timing.cron, tz: timing.timezone };
}

/** For every queue and worker of ours: whoever starts a tick's job plans the next one. */
export const repeatSettings = {
  repeatStrategy: (after: number, options: RepeatOptions): number | undefined => {
    const timing = timingOf(options);
    if (!timing) return defaultRepeatStrategy(after, options);
    try {
      return nextTick(timing, after);
    } catch {
      // A time zone that this version of Node does not know yet: the job runs anyway, and a newer worker plans on.
      return undefined;
    }
  },
};

function timingOf({ key, pattern, tz = 'UTC' }: RepeatOptions): Timing | undefined {
  if (key !== ours || pattern === undefined) return undefined;
  const [, every] = everyPattern.exec(pattern) ?? [];
  return every === undefined ? { cron: pattern, timezone: tz } : { every: Number(every) };
}
