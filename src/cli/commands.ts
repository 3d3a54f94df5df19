import type { Commands } from './shell/command.js';

/** All commands of `fledge`. */
export const commands: Commands = {
  cancel: async () => (await import('./commands/cancel.js')).cancel,
  cron: async () => (await import('./commands/cron.js')).cron,
  dead: async () => (await import('./commands/dead.js')).dead,
  doctor: async () => (await import('./commands/doctor.js')).doctor,
  healthcheck: async () => (await import('./commands/healthcheck.js')).healthcheck,
  job: async () => (await import('./commands/job.js')).job,
  ps: async () => (await import('./commands/ps.js')).ps,
  quiet: async () => (await import('./commands/remote.js')).quiet,
  stop: async () => (await import('./commands/remote.js')).stop,
};
