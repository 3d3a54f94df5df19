/* Compiled but never run, to check the types of the matchers. */
import type { TestJobs } from 'nestjs-fledge/testing';
import 'nestjs-fledge/testing/vitest';
import { expect } from 'vitest';
import { RemindJob } from './remind.job.js';

export function wrong(jobs: TestJobs): void {
  // @ts-expect-error the payload has no such field
  expect(jobs).toHaveEnqueued(RemindJob, { name: 'Ada' });
  // @ts-expect-error the field has another type
  expect(jobs).not.toHaveEnqueued(RemindJob, { email: 1 });
}
