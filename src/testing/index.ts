export { testJobs, type TestedModule, type TestJobsOptions } from './kit/open-test-jobs.js';
export type { DrainOptions, JobSelection } from './kit/drainer.js';
export { TestJobs, type RunOptions, type TestMode } from './kit/test-jobs.js';
export type { AsymmetricMatcher } from './expect/asymmetric-matcher.js';
export {
  assertDelivered,
  assertEnqueued,
  assertMailEnqueued,
  assertNotDelivered,
  assertNotEnqueued,
  assertPerformed,
} from './expect/assertions.js';
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
} from './expect/expectations.js';
export { jobMatchers, type JobMatchers, type MatcherResult } from './expect/matchers.js';
export type {
  EnqueuedJob,
  EnqueuedMail,
  PerformedJob,
  Recorded,
  SentMail,
  SoFar,
} from './records/recorded.js';
export { startRedis, type StartRedisOptions } from './redis/start-redis.js';
export { startWorker, type StartWorkerOptions } from './redis/start-worker.js';
export type { TestRedis } from './redis/test-redis.js';
export type { IdleOptions, TestWorker } from './redis/test-worker.js';
export type { MailTarget, StopOptions, Trouble } from './kit/trouble.js';
