import { Logger } from '@nestjs/common';
import type { JobContext } from '../../../jobs/index.js';

/** A first attempt that nobody stops, for a mail that no job makes. */
export function standInContext(who: string): JobContext {
  return {
    id: 'preview',
    name: 'DeliverMail',
    queue: 'mailers',
    attempt: 1,
    attempts: 1,
    signal: new AbortController().signal,
    logger: new Logger(`${who} preview`),
    meta: {},
    notes: {},
    note: async () => undefined,
    log: async () => undefined,
    progress: async () => undefined,
  };
}
