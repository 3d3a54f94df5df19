export { testJobs, type TestedModule, type TestJobsOptions } from './open-kit.js';
export {
  TestJobs,
  type DrainOptions,
  type JobSelection,
  type RunOptions,
  type TestMode,
} from './test-jobs.js';
export type { EnqueuedJob, EnqueuedMail, PerformedJob, Recorded, SentMail } from './recorded.js';
export type { SoFar, StopOptions, Trouble } from './trouble.js';
