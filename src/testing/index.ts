export { testJobs, type TestJobsOptions } from './open-kit.js';
export {
  TestJobs,
  type DrainOptions,
  type JobSelection,
  type RunOptions,
  type TestMode,
} from './test-jobs.js';
export type { EnqueuedJob, EnqueuedMail, PerformedJob, Recorded, SentMail } from './recorded.js';
export { startRedis, type StartRedisOptions } from './start-redis.js';
export { startWorker, type StartWorkerOptions } from './start-worker.js';
export type { TestRedis } from './test-redis.js';
export type { IdleOptions, TestWorker } from './test-worker.js';
export type { SoFar, StopOptions, Trouble } from './trouble.js';
