import { Logger } from '@nestjs/common';
import type { Attempt } from '../../jobs/store/attempt.js';

/** The timers of the process. A test may replace the global ones later. */
const { setTimeout, clearTimeout } = globalThis;

/** In milliseconds. Vitest and Jest end a test after 5 seconds, without the name of the job that it waits for. */
const noticeAfter = 3_000;

/**
 * Logs which job a test waits for. It logs an error, because Nest's testing module shows only errors.
 * @returns a function that cancels the notice
 */
export function noticeLongRun(attempt: Attempt): () => void {
  const timer = setTimeout(() => {
    new Logger('Jobs').error(
      `${attempt.title} ${attempt.job.id} (attempt ${attempt.job.attempt}) has been running for ${noticeAfter / 1_000} s, and the test waits for it. It may wait for a fake timer (vi.useFakeTimers, jest.useFakeTimers), or for something that never happens.`,
    );
  }, noticeAfter);
  timer.unref();
  return () => clearTimeout(timer);
}
