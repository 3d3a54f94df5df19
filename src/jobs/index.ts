export { JobAborted, type AbortReason } from './store/attempt.js';
export type { Backoff, BackoffData, BackoffOptions } from './job/retry/backoff.js';
export { DiscardJob, KillJob, SnoozeJob } from './job/retry/control-errors.js';
export type { Check, CheckStatus, Diagnosis } from './store/diagnosis.js';
export { examineStore, type ExamineOptions } from './engines/examine-store.js';
export type { Duration } from './values/duration.js';
export type { ErrorClass, RetryRule } from './job/retry/error-rules.js';
export { FledgeError, type FledgeErrorCode } from './values/errors.js';
export { JobEvents, type JobEvent, type JobEventListener } from './events/events.js';
export {
  Job,
  type JobContext,
  type FieldsOf,
  type JobOptions,
  type JobRequest,
  type PayloadArguments,
  type PayloadOf,
  type Performable,
  type ResultOf,
  type SafePayload,
} from './job/job.js';
export type { FailureHandler, JobFailure } from './job/failure-handler.js';
export type {
  CronSchedule,
  EverySchedule,
  MissedTicks,
  OverlappingRuns,
  ScheduleOptions,
  Timing,
} from './job/schedule/timing.js';
export type { ScheduleState } from './schedules/schedule-state.js';
export type {
  RuntimeSchedules,
  SchedulePage,
  ScheduleQuery,
  ScheduleReceipt,
} from './schedules/runtime-schedules.js';
export { schedule, type ScheduleEntry, type ScheduleEntryOptions } from './job/schedule-entry.js';
export { JobsModule } from './jobs.module.js';
export type { JobNotes, JsonValue } from './job/notes.js';
export type { CancelOptions, CancelReport } from './inspect/canceller.js';
export type { CancelledJob } from './store/cancellations.js';
export { JobsService } from './jobs.service.js';
export { BulkEnqueueError } from './enqueue/bulk-enqueue-error.js';
export type {
  BulkEnqueueOptions,
  EnqueueOptions,
  SharedEnqueueOptions,
  When,
} from './job/enqueue-options.js';
export type {
  AdoptCronOptions,
  JobsOptions,
  PayloadLimitOptions,
  QueueOptions,
  ResultLimitOptions,
} from './config/jobs-options.js';
export type {
  ClusterOptions,
  IoredisOptions,
  RedisNode,
  RedisOptions,
  SentinelOptions,
} from './config/redis-options.js';
export type { EnqueueCall, EnqueueMiddleware, JobCall, JobMiddleware } from './job/calls.js';
export type { AttemptPhase, RunningJob } from './store/attempt.js';
export type { Beat, FleetCommand, FleetMember, WorkerState } from './store/fleet.js';
export type { HealthAddress } from './values/health-address.js';
export { JobsHealthIndicator, type JobsHealth } from './fleet/jobs-health-indicator.js';
export { jobStates, type JobFilter, type JobPage, type JobRecord, type JobState } from './store/inventory.js';
export type { JobQuery } from './inspect/job-search.js';
export type { PausedState } from './inspect/pausing.js';
export { JobsInspector } from './jobs-inspector.js';
export type { WorkerProcess } from './fleet/worker-processes.js';
export type { JobLogLevel } from './values/log-level.js';
export type { CallPolicyOptions, PolicyOptions, Trials } from './job/retry/policy.js';
export type { QueuePlan } from './store/queue-plan.js';
export type { QueueStats, SilentQueue } from './store/store.js';
export type { StoredError } from './values/stored-error.js';
export type { UniqueMode, UniqueOptions } from './job/unique.js';
export type { Unserved } from './fleet/unserved.js';
export type { Outcome } from './store/outcome.js';
export type { KeepOptions, RetentionOptions } from './config/retention.js';
export type { JobReceipt } from './job/receipt.js';
export type { JobsManifest, ManifestJob, ManifestMailer, ManifestUnique } from './job/jobs-manifest.js';
export { checkJobsManifest, writeJobsManifest, type ManifestSource } from './manifest/manifest-file.js';
export { JobsWorker, type StopReport } from './worker/lifecycle/jobs-worker.js';
export type { ShownSetting, WorkerSettings } from './worker/settings/settings.js';
export { isWorkerProcess } from './worker/role/worker-role.js';
export {
  inEveryProcess,
  onlyInWeb,
  onlyInWorker,
  provideInEveryProcess,
  provideOnlyInWeb,
  provideOnlyInWorker,
} from './worker/role/only-in.js';
export { runWorker, type RunWorkerOptions } from './worker/run-worker.js';
