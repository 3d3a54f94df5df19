export { testJobs, type TestedModule, type TestJobsOptions } from './open-kit.js';
export type { DrainOptions, JobSelection } from './drainer.js';
export { TestJobs, type RunOptions, type TestMode } from './test-jobs.js';
export type { AsymmetricMatcher } from './asymmetric-matcher.js';
export {
  assertDelivered,
  assertEnqueued,
  assertMailEnqueued,
  assertNotDelivered,
  assertNotEnqueued,
  assertPerformed,
} from './assertions.js';
export type {
  ActionOf,
  DeliveredExpectation,
  EnqueuedExpectation,
  EnqueuedOptions,
  Expected,
  ExpectedAddress,
  ExpectedAddresses,
  ExpectedAttachment,
  ExpectedText,
  MailPayloadOf,
  PerformedExpectation,
  PerformedOptions,
  Times,
} from './expectations.js';
export { jobMatchers, type JobMatchers, type MatcherResult } from './matchers.js';
export type { EnqueuedJob, EnqueuedMail, PerformedJob, Recorded, SentMail } from './recorded.js';
export { startRedis, type StartRedisOptions } from './start-redis.js';
export { startWorker, type StartWorkerOptions } from './start-worker.js';
export type { TestRedis } from './test-redis.js';
export type { IdleOptions, TestWorker } from './test-worker.js';
export type { SoFar, StopOptions, Trouble } from './trouble.js';
