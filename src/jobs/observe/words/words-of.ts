import type { JobEvent } from '../../events/events.js';
import { jobWords } from './job-words.js';
import { warn, type LogLine, type Words } from './log-line.js';
import { mailWords } from './mail-words.js';
import { scheduleWords } from './schedule-words.js';
import { storeWords } from './store-words.js';
import { workerWords } from './worker-words.js';

const words: Words<JobEvent> = {
  ...jobWords,
  ...mailWords,
  ...scheduleWords,
  ...storeWords,
  ...workerWords,
  warning: ({ message, code }) => warn(`${message} [${code}]`, () => ({ code })),
};

/** Returns the log line of an event. The line has the payload only if the job's class allows it with `logPayload`. */
export function wordsOf<Type extends JobEvent['type']>(event: JobEvent & { readonly type: Type }): LogLine {
  return words[event.type](event);
}
