import type { JobLifeEvent } from '../../events/job-events.js';
import { humanDuration } from '../../values/duration.js';
import { attemptWords } from './attempt-words.js';
import { error, factsOf, log, warn, type Words } from './log-line.js';

export const jobWords = {
  ...attemptWords,
  enqueued(event) {
    const due = event.delay > 0 ? `, due in ${humanDuration(event.delay)}` : '';
    return log(`${event.name} ${event.id} enqueued on ${event.queue}${due}`, factsOf(event));
  },
  'bulk-enqueued': ({ count, name, queue }) => log(`${count} × ${name} enqueued on ${queue}`),
  duplicate: (event) =>
    log(`${event.name} ${event.id} is a duplicate of ${event.duplicateOf}, not enqueued`, factsOf(event)),
  replaced: (event) => log(`${event.name} ${event.id} replaced ${event.duplicateOf}`, factsOf(event)),
  vetoed: (event) => log(`${event.name} ${event.id} vetoed by enqueue middleware`, factsOf(event)),
  cancelled({ target, removed, signalled, reason }) {
    const what = target.kind === 'job' ? target.id : `all ${target.name}`;
    const why = reason === undefined ? '' : ` (${reason})`;
    return log(`cancelled ${what}${why}: ${removed} removed, ${signalled} running told to stop`);
  },
  'signal-ignored'(event) {
    const since = humanDuration(Date.now() - event.since);
    return warn(
      `${event.name} ${event.id} was told to stop (${event.reason}) ${since} ago and is still running. It keeps its slot until it ends. Pass context.signal to what it awaits, or call signal.throwIfAborted() between steps. [FLEDGE_SIGNAL_IGNORED]`,
      factsOf(event),
    );
  },
  'handed-back'(event) {
    const took = humanDuration(event.duration);
    return log(
      `${event.name} ${event.id} is back in its queue, ${took} after it was told to stop`,
      factsOf(event),
    );
  },
  'job-left': (event) =>
    error(
      `${event.name} ${event.id} could not be put back in its queue. It runs again within 20 s, without using up an attempt. The store's error: ${event.error.message}`,
      factsOf(event),
    ),
} satisfies Words<JobLifeEvent>;
