import { Logger } from '@nestjs/common';
import type { Attempt } from '../../jobs/store/attempt.js';

/** Of the process, also where a test has put its own in their place later. */
const { setTimeout, clearTimeout } = globalThis;

/** Before Vitest and Jest give up on the test, which is after 5 seconds, without knowing what it waits for. Milliseconds. */
const noticeAfter = 3_000;

/**
 * Says, as an error in Nest's log, which job a test waits for. Nest's testing module shows nothing less.
 * @returns ends it
 */
export function noticeLongRun({ job: { name, id, attempt } }: Attempt): () => void {
  const timer = setTimeout(() => {
    new Logger('Jobs').error(
      `${name} ${id} (attempt ${attempt}) runs for ${noticeAfter / 1_000} s already, and the test waits for it. Does it wait for a timer that the test holds (vi.useFakeTimers, jest.useFakeTimers), or for what never comes?`,
    );
  }, noticeAfter);
  timer.unref();
  return () => clearTimeout(timer);
}
