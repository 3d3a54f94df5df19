import type { ScheduleEvent } from '../../events/schedule-events.js';
import type { Timing } from '../../job/schedule/timing.js';
import { titleOf } from '../../job/subjects.js';
import { humanDuration } from '../../values/duration.js';
import { factsOf, log, warn, type Words } from './log-line.js';

export const scheduleWords = {
  'schedule-corrected': ({ schedule, change, job, queue, timing }) =>
    log(`schedule ${schedule} ${change}: ${job} on ${queue}, ${describeTiming(timing)}`),
  'schedule-failed': ({ schedule, error }) =>
    warn(`schedule ${schedule} could not be changed to match the code: ${error.message}`),
  'schedule-upserted': ({ schedule, change, job, queue, timing }) =>
    log(`schedule ${schedule} ${change} at run time: ${job} on ${queue}, ${describeTiming(timing)}`),
  'schedule-removed': ({ schedule }) => log(`schedule ${schedule} removed`),
  'cron-adopted': ({ schedules, processZone }) => {
    const zone = processZone
      ? `. Those without timeZone use this process's time zone, ${processZone}, so all workers must have it`
      : '';
    return log(
      `adoptCron: these methods of @nestjs/schedule run as jobs in the workers, once per tick: ${schedules.join(', ')}${zone}`,
    );
  },
  'schedule-paused': ({ schedule }) => log(`schedule ${schedule} paused`),
  'schedule-resumed': ({ schedule }) => log(`schedule ${schedule} resumed`),
  'tick-made-up': (event) =>
    warn(
      `${titleOf(event)} ${event.id} makes up for the missed tick of ${event.schedule} at ${new Date(event.tick).toISOString()}, when its queue had no worker`,
      () => factsOf(event),
    ),
} satisfies Words<ScheduleEvent>;

function describeTiming(timing: Timing): string {
  return 'every' in timing ? `every ${humanDuration(timing.every)}` : `${timing.cron} (${timing.timezone})`;
}
