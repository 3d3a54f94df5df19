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
  warning: ({ message, code }) => warn(`${message} [${code}]`, { code }),
};

/** Puts a fact into words. Nothing outside this folder does. A payload appears only where its class lets it. */
export function wordsOf<Type extends JobEvent['type']>(event: JobEvent & { readonly type: Type }): LogLine {
  return words[event.type](event);
}
