import type { Commands } from './shell/command.js';

/** All commands of `fledge`. Help, completion and suggestions for misspelled words are made from this table. */
export const commands: Commands = {
  ps: async () => (await import('./commands/ps.js')).ps,
  queues: async () => (await import('./commands/queues.js')).queues,
  jobs: async () => (await import('./commands/jobs.js')).jobs,
  watch: async () => (await import('./commands/watch.js')).watch,
  enqueue: async () => (await import('./commands/enqueue.js')).enqueue,
  job: async () => (await import('./commands/job.js')).job,
  dead: async () => (await import('./commands/dead.js')).dead,
  cancel: async () => (await import('./commands/cancel.js')).cancel,
  cron: async () => (await import('./commands/cron.js')).cron,
  pause: async () => (await import('./commands/pause.js')).pause,
  resume: async () => (await import('./commands/pause.js')).resume,
  quiet: async () => (await import('./commands/remote.js')).quiet,
  stop: async () => (await import('./commands/remote.js')).stop,
  doctor: async () => (await import('./commands/doctor.js')).doctor,
  dev: async () => (await import('./commands/dev/dev.js')).dev,
  healthcheck: async () => (await import('./commands/healthcheck.js')).healthcheck,
  completion: async () => (await import('./commands/completion.js')).completionOf(commands),
  init: async () => (await import('./init/init.js')).init,
  version: async () => (await import('./commands/version.js')).version,
};
