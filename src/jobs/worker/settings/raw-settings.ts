/** A setting's name in each place where an operator can set it. */
interface SettingNames {
  readonly flag?: string;
  readonly short?: string;
  readonly env: string;
  readonly yml?: string;
  /** An example value, for the help. */
  readonly form: string;
  readonly help: string;
}

/** Every setting of a worker process, in the order in which they are shown. */
export const settingNames = {
  queues: {
    flag: 'queues',
    short: 'q',
    env: 'JOBS_QUEUES',
    yml: 'queues',
    form: 'default,mailers',
    help: 'the queues that this worker serves; by default all declared queues',
  },
  excludeQueues: {
    flag: 'exclude-queues',
    env: 'JOBS_EXCLUDE_QUEUES',
    yml: 'exclude_queues',
    form: 'reports',
    help: 'the queues that this worker does not serve',
  },
  concurrency: {
    flag: 'concurrency',
    short: 'c',
    env: 'JOBS_CONCURRENCY',
    yml: 'concurrency',
    form: '20 | default=20,mailers=5',
    help: 'how many jobs of a queue run at once, for all queues or for each',
  },
  shutdownTimeout: {
    flag: 'shutdown-timeout',
    short: 't',
    env: 'JOBS_SHUTDOWN_TIMEOUT',
    yml: 'shutdown_timeout',
    form: '25s',
    help: 'how long a stop may take in total',
  },
  healthPort: {
    flag: 'health-port',
    env: 'JOBS_HEALTH_PORT',
    yml: 'health_port',
    form: '7433 | 0.0.0.0:7433 | off',
    help: 'where /startupz, /livez and /readyz answer; on loopback unless a host is set',
  },
  metrics: {
    flag: 'metrics',
    env: 'JOBS_METRICS',
    yml: 'metrics',
    form: 'emf | off',
    help: 'one line per minute in CloudWatch’s embedded metric format, on standard output',
  },
  app: {
    flag: 'app',
    env: 'JOBS_APP',
    yml: 'app',
    form: 'shop',
    help: 'the application’s name in its metrics; fledge by default',
  },
  logLevel: {
    flag: 'log-level',
    env: 'JOBS_LOG_LEVEL',
    yml: 'log_level',
    form: 'debug | log | warn | error',
    help: 'the lowest level that is logged; debug adds a line when a job starts',
  },
  logFormat: {
    flag: 'log-format',
    env: 'JOBS_LOG_FORMAT',
    yml: 'log_format',
    form: 'text | json',
    help: 'by default text on a terminal, and one JSON object per line elsewhere',
  },
  stopTimeout: {
    env: 'JOBS_STOP_TIMEOUT',
    form: '30 | 30s',
    help: 'the platform’s time between SIGTERM and SIGKILL (ECS: stopTimeout); warns if it is too short',
  },
} as const satisfies Record<string, SettingNames>;

export type SettingKey = keyof typeof settingNames;
/** `Object.keys` does not know the type of the keys. */
export const settingKeys = Object.keys(settingNames) as SettingKey[];

/** A value from one place that has not been validated, and the name of the place for messages. */
export interface Given {
  readonly value: unknown;
  /** `--queues`, `JOBS_QUEUES`, `config/jobs.yml (production)` */
  readonly from: string;
}

export type RawSettings = Partial<Readonly<Record<SettingKey, Given>>>;

export function namesOf(key: SettingKey): SettingNames {
  return settingNames[key];
}

/** Returns the settings that have a name in this place, by that name. */
export function namedIn(place: 'flag' | 'env' | 'yml'): ReadonlyMap<string, SettingKey> {
  const found = new Map<string, SettingKey>();
  for (const key of settingKeys) {
    const name = namesOf(key)[place];
    if (name !== undefined) found.set(name, key);
  }
  return found;
}
