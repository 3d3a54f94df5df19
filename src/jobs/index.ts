export { JobAborted, type AbortReason } from './attempt.js';
export type { Backoff } from './backoff.js';
export type { Check, CheckStatus, Diagnosis } from './diagnosis.js';
export { examineStore, type ExamineOptions } from './doctor.js';
export type { Duration } from './duration.js';
export { FledgeError, type FledgeErrorCode } from './errors.js';
export { JobEvents, type JobEvent, type JobEventListener } from './events.js';
export {
  Job,
  type JobContext,
  type JobOptions,
  type PayloadArguments,
  type PayloadOf,
  type Performable,
  type ResultOf,
} from './job.js';
export { JobsModule } from './jobs.module.js';
export { JobsService } from './jobs.service.js';
export { BulkEnqueueError } from './bulk-enqueue-error.js';
export type { BulkEnqueueOptions, EnqueueOptions } from './enqueue-options.js';
export type {
  ClusterOptions,
  EnqueueCall,
  EnqueueMiddleware,
  JobCall,
  JobMiddleware,
  JobsOptions,
  PayloadLimitOptions,
  QueueOptions,
  RedisNode,
  SentinelOptions,
} from './options.js';
export type { Outcome } from './outcome.js';
export type { JobReceipt } from './receipt.js';
export { JobsWorker } from './worker/jobs-worker.js';
export { runWorker } from './worker/run-worker.js';

// For modules that are built on Fledge, such as nestjs-fledge/mailers; applications need none of these.
export { makeInjectable } from './job.js';
export { MarkedProviders, type MarkedProvider } from './marked-providers.js';
export { didYouMean } from './nearest.js';
