// The parts of jobs that mailers and the command use, but applications don't. Not in the exports of package.json.

// For mailers.
export { makeInjectable } from './job/job.js';
export { policyOptionNames } from './job/retry/policy.js';
export { defineSubjects, type JobSubjects, type MissingSubject } from './job/subjects.js';
export { MarkedProviders, type MarkedProvider } from './discovery/decorated-providers.js';
export { importedBy, importedPlainBy } from './discovery/module-imports.js';
export { refuseMinifiedName } from './discovery/minified-name.js';
export { didYouMean, refuseUnknownOptions, unknownName } from './values/did-you-mean.js';
export { day, hour, toMillisecondsWithin } from './values/duration.js';
export { asError, invalidOption } from './values/errors.js';
export { compose as composeMiddleware, type Middleware } from './values/middleware.js';
export { loadPeer } from './values/optional-package.js';
export { counted } from './values/printable.js';
export { positiveInteger } from './values/positive-integer.js';
export { Provided } from './discovery/injected.js';
export { quoted, quotedName } from './values/quoted.js';
export { isObject } from './values/readers.js';
export { redactionOfRecipients } from './values/redaction/redact-recipients.js';
export { redactionOfSecrets } from './values/redaction/redact-secrets.js';
export type { Redaction } from './values/redaction/redaction.js';
export { isHost, readServerUrl } from './values/server-url.js';

// For the command.
export { isLive } from './store/fleet.js';
export { sendCommand } from './fleet/fleet-commands.js';
export { listPaused } from './inspect/pausing.js';
export { withInventory, type RemoteInventory } from './inspect/remote-inventory.js';
export { addressOf, withStore, type StoreTarget } from './inspect/remote-store.js';
export { readRedisFile, type RedisFile } from './config/redis-file.js';
export { environmentName } from './config/settings-path.js';
export { examineAddress } from './engines/examine-store.js';
export {
  withSampler,
  type SampledQueue,
  type StoreSample,
  type StoreSampler,
} from './inspect/store-sampler.js';
export {
  listDeclaredSchedules,
  listRuntimeSchedules,
  pauseSchedule,
  resumeSchedule,
  runSchedule,
} from './schedules/schedule-commands.js';
export { humanDuration } from './values/duration.js';
export { version } from './worker/lifecycle/version.js';
