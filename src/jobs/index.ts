export { JobAborted, type AbortReason } from './attempt.js';
export type { Backoff, BackoffData, BackoffOptions } from './backoff.js';
export { DiscardJob, KillJob, SnoozeJob } from './control-errors.js';
export type { Check, CheckStatus, Diagnosis } from './diagnosis.js';
export { examineStore, type ExamineOptions } from './doctor.js';
export type { Duration } from './values/duration.js';
export type { ErrorClass, RetryRule } from './error-rules.js';
export { FledgeError, type FledgeErrorCode } from './values/errors.js';
export { JobEvents, type JobEvent, type JobEventListener } from './events.js';
export {
  Job,
  type JobContext,
  type FieldsOf,
  type JobOptions,
  type PayloadArguments,
  type PayloadOf,
  type Performable,
  type ResultOf,
  type SafePayload,
} from './job.js';
export type { FailureHandler, JobFailure } from './failure-handler.js';
export type { CronSchedule, EverySchedule, MissedTicks, ScheduleOptions, Timing } from './schedule.js';
export type { ScheduleState } from './schedule-command.js';
export { schedule, type ScheduleEntry, type ScheduleEntryOptions } from './schedule-entry.js';
export { JobsModule } from './jobs.module.js';
export type { JobNotes, JsonValue } from './notes.js';
export type { CancelReport } from './canceller.js';
export { JobsService, type CancelOptions } from './jobs.service.js';
export { BulkEnqueueError } from './bulk-enqueue-error.js';
export type { BulkEnqueueOptions, EnqueueOptions, SharedEnqueueOptions, When } from './enqueue-options.js';
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
export type { AttemptPhase, RunningJob } from './attempt.js';
export type { Beat, FleetCommand, FleetMember, WorkerState } from './fleet.js';
export type { HealthAddress } from './values/health-address.js';
export { JobsHealthIndicator, type JobsHealth } from './jobs-health-indicator.js';
export { jobStates, type JobFilter, type JobPage, type JobRecord, type JobState } from './inventory.js';
export type { JobQuery } from './job-search.js';
export { JobsInspector, type WorkerProcess } from './jobs-inspector.js';
export type { JobLogLevel } from './values/log-level.js';
export type { CallPolicyOptions, PolicyOptions, Trials } from './policy.js';
export type { QueuePlan } from './queue-plan.js';
export type { QueueStats, SilentQueue } from './store.js';
export type { StoredError } from './values/stored-error.js';
export type { UniqueMode, UniqueOptions } from './unique.js';
export type { Unworked } from './unworked.js';
export type { Outcome } from './outcome.js';
export type { KeepOptions, RetentionOptions } from './retention.js';
export type { JobReceipt } from './receipt.js';
export { JobsWorker, type StopReport } from './worker/jobs-worker.js';
export type { ShownSetting, WorkerSettings } from './worker/settings/settings.js';
export { runWorker, type RunWorkerOptions } from './worker/run-worker.js';

// For modules that are built on Fledge, such as nestjs-fledge/mailers; applications need none of these.
export { makeInjectable } from './job.js';
export { MarkedProviders, type MarkedProvider } from './marked-providers.js';
export { didYouMean } from './values/did-you-mean.js';
export { toMillisecondsWithin } from './values/duration.js';
export { asError } from './values/errors.js';
export { compose as composeMiddleware, type Middleware } from './values/middleware.js';
export { positiveInteger } from './values/positive-integer.js';
export { Provided } from './provided.js';
export { quoted } from './values/quoted.js';
export { redactionOfRecipients } from './values/redact-recipients.js';
export { redactionOfSecrets } from './values/redact-secrets.js';
export type { Redaction } from './values/redaction.js';
export { isHost, readServerUrl } from './values/server-url.js';

// For the command `fledge`.
export { isLive } from './fleet.js';
export { sendCommand } from './fleet-command.js';
export { withInventory, type RemoteInventory } from './remote-inventory.js';
export { withStore } from './remote-store.js';
export { listSchedules, pauseSchedule, resumeSchedule, runSchedule } from './schedule-command.js';
export { humanDuration } from './values/duration.js';
