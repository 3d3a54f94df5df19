import { Logger } from '@nestjs/common';
import type { JobContext } from '../../../jobs/index.js';

/** Returns the context of a first attempt, for a mail that is made without a job. */
export function previewContext(name: string): JobContext {
  return {
    id: 'preview',
    name: 'DeliverMail',
    queue: 'mailers',
    attempt: 1,
    attempts: 1,
    signal: new AbortController().signal,
    logger: new Logger(`${name} preview`),
    meta: {},
    notes: {},
    note: async () => undefined,
    log: async () => undefined,
    progress: async () => undefined,
  };
}
