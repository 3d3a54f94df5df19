import type { ScheduleEvent } from '../../events/schedule-events.js';
import type { Timing } from '../../job/schedule/timing.js';
import { humanDuration } from '../../values/duration.js';
import { factsOf, log, warn, type Words } from './log-line.js';

export const scheduleWords = {
  'schedule-corrected': ({ schedule, change, job, queue, timing }) =>
    log(`schedule ${schedule} ${change}: ${job} on ${queue}, ${describeTiming(timing)}`),
  'schedule-failed': ({ schedule, error }) =>
    warn(`schedule ${schedule} could not be changed to match the code: ${error.message}`),
  'schedule-paused': ({ schedule }) => log(`schedule ${schedule} paused`),
  'schedule-resumed': ({ schedule }) => log(`schedule ${schedule} resumed`),
  'tick-made-up': (event) =>
    warn(
      `${event.name} ${event.id} makes up for the missed tick of ${event.schedule} at ${new Date(event.tick).toISOString()}, when its queue had no worker`,
      factsOf(event),
    ),
} satisfies Words<ScheduleEvent>;

function describeTiming(timing: Timing): string {
  return 'every' in timing ? `every ${humanDuration(timing.every)}` : `${timing.cron} (${timing.timezone})`;
}
