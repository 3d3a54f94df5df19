import type { JobLifeEvent } from '../../events/job-events.js';
import { titleOf } from '../../job/subjects.js';
import { humanDuration } from '../../values/duration.js';
import { attemptWords } from './attempt-words.js';
import { error, factsOf, log, warn, type Words } from './log-line.js';

export const jobWords = {
  ...attemptWords,
  enqueued(event) {
    const due = event.delay > 0 ? `, due in ${humanDuration(event.delay)}` : '';
    return log(`${titleOf(event)} ${event.id} enqueued on ${event.queue}${due}`, () => factsOf(event));
  },
  'bulk-enqueued': (event) => log(`${event.count} × ${titleOf(event)} enqueued on ${event.queue}`),
  duplicate: (event) =>
    log(`${titleOf(event)} ${event.id} is a duplicate of ${event.duplicateOf}, not enqueued`, () =>
      factsOf(event),
    ),
  replaced: (event) =>
    log(`${titleOf(event)} ${event.id} replaced ${event.duplicateOf}`, () => factsOf(event)),
  vetoed: (event) => log(`${titleOf(event)} ${event.id} vetoed by enqueue middleware`, () => factsOf(event)),
  cancelled({ target, removed, signalled, reason }) {
    const what = target.kind === 'job' ? target.id : `all ${target.name}`;
    const why = reason === undefined ? '' : ` (${reason})`;
    return log(`cancelled ${what}${why}: ${removed} removed, ${signalled} running told to stop`);
  },
  'signal-ignored'(event) {
    const since = humanDuration(Date.now() - event.since);
    return warn(
      `${titleOf(event)} ${event.id} was told to stop (${event.reason}) ${since} ago and is still running. It keeps its slot until it ends. Pass context.signal to what it awaits, or call signal.throwIfAborted() between steps. [FLEDGE_SIGNAL_IGNORED]`,
      () => factsOf(event),
    );
  },
  'handed-back'(event) {
    const took = humanDuration(event.duration);
    return log(`${titleOf(event)} ${event.id} is back in its queue, ${took} after it was told to stop`, () =>
      factsOf(event),
    );
  },
  'job-left': (event) =>
    error(
      `${titleOf(event)} ${event.id} could not be put back in its queue. It runs again within 20 s, without using up an attempt. The store's error: ${event.error.message}`,
      () => factsOf(event),
    ),
} satisfies Words<JobLifeEvent>;
