import type { Commands } from './command.js';

/** Every command of `fledge`. */
export const commands: Commands = {
  cancel: async () => (await import('./cancel.js')).cancel,
  cron: async () => (await import('./cron.js')).cron,
  dead: async () => (await import('./dead.js')).dead,
  doctor: async () => (await import('./doctor.js')).doctor,
  healthcheck: async () => (await import('./healthcheck.js')).healthcheck,
  job: async () => (await import('./job.js')).job,
  ps: async () => (await import('./ps.js')).ps,
  quiet: async () => (await import('./remote.js')).quiet,
  stop: async () => (await import('./remote.js')).stop,
};
