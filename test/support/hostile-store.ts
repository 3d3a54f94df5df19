import { Redis } from 'ioredis';

/** The text of each field. Tests look for it in output. */
export interface HostileWords {
  /** The text for keys and names. */
  readonly text: string;
  /** The text for JSON values, where unpaired surrogates survive. */
  readonly units: string;
}

/**
 * Creates a store with a job in each state, a worker process and schedules. All contain this text. The job `dead1` is
 * dead.
 */
export async function hostileStore(url: string, words: HostileWords): Promise<void> {
  const client = new Redis(url);
  try {
    await client.flushall();
    await writeQueues(client, words);
    await writeJobs(client, words);
    await writeFleet(client, words);
    await writeSchedules(client, words);
  } finally {
    client.disconnect();
  }
}

const base = '{fledge}:default:';

async function writeQueues(client: Redis, { text }: HostileWords): Promise<void> {
  for (const queue of ['default', text])
    await client.hset(`{fledge}:${queue}:meta`, 'version', 'bullmq:6.7.0');
  await client.sadd('{fledge}:$queues', text);
}

async function writeJobs(client: Redis, words: HostileWords): Promise<void> {
  const { text, units } = words;
  const states = {
    dead1: 'failed',
    [`dead${text}`]: 'failed',
    comp1: 'completed',
    wait1: 'wait',
    del1: 'delayed',
  };
  for (const [id, state] of Object.entries(states)) {
    await client.hset(`${base}${id}`, jobFields(words));
    if (state === 'wait') await client.lpush(`${base}wait`, id);
    else await client.zadd(`${base}${state}`, Date.now(), id);
    await client.rpush(`${base}${id}:logs`, `log ${text}`);
  }
  await client.zadd(`${base}repeat`, 5, `old${text}`);
  await client.hset(`${base}repeat:old${text}`, 'name', text, 'pattern', units);
}

function jobFields({ text, units }: HostileWords): Record<string, string | number> {
  const error = {
    name: units,
    message: units,
    code: units,
    stack: `    at ${units}`,
    causes: [{ name: units, message: units }],
  };
  const envelope = {
    v: 1,
    payload: { [units]: units },
    meta: { [units]: units },
    error,
    tick: { schedule: units },
  };
  return {
    name: text,
    data: JSON.stringify(envelope),
    opts: '{"attempts":3}',
    timestamp: Date.now(),
    failedReason: text,
    stacktrace: JSON.stringify([units]),
    progress: JSON.stringify({ [units]: units }),
    returnvalue: JSON.stringify(units),
    rjk: text,
  };
}

async function writeFleet(client: Redis, { text, units }: HostileWords): Promise<void> {
  const at = Date.now();
  const running = [{ id: units, name: units, queue: units, attempt: 1, since: at, phase: units }];
  const known = { pid: 1, startedAt: at, concurrency: 1, busy: 1, rss: 1, loopDelay: 1, roundTrip: 1 };
  const queues = [{ name: units, concurrency: 1 }];
  const beat = {
    ...known,
    host: units,
    version: units,
    state: units,
    queues,
    jobs: [units],
    running,
    catalog: units,
  };
  // Valid except for its text.
  const sound = {
    ...beat,
    state: 'running',
    running: [{ ...running[0], phase: 'performing' }],
    catalog: 'sound',
  };
  const unique = { until: 'done', mode: 'first', byFunction: true };
  const job = { name: text, queue: text, attempts: 3, unique, aliases: [units] };
  const mails = { name: 'DeliverMail', queue: 'mailers', attempts: 3, subjects: [`n${text}`] };
  const limits = { payloadLimit: { warn: 1_000, refuse: 1_000 }, enqueueMiddleware: [units] };
  const catalog = { queues: [text, 'default'], ...limits, jobs: [job, mails] };
  await client.set('{fledge}:$catalog:sound', JSON.stringify(catalog));
  const beats = { 'h:1:x': beat, [`id${text}`]: beat, [`s${text}`]: sound };
  for (const [id, one] of Object.entries(beats))
    await client.hset('{fledge}:$fleet', id, JSON.stringify({ at, beat: { ...one, id } }));
}

async function writeSchedules(client: Redis, { text, units }: HostileWords): Promise<void> {
  for (const name of ['nightly', `n${text}`]) {
    const scheduler = `fledge-${encodeURIComponent(name)}`;
    const record = {
      name,
      job: units,
      queue: text,
      timing: { cron: units, timezone: units },
      missed: units,
      envelope: { v: 1 },
      fingerprint: 'f',
      scheduler,
    };
    await client.hset('{fledge}:$schedules', name, JSON.stringify(record));
    // Valid except for its text.
    const timing = { cron: '0 3 * * *', timezone: 'UTC' };
    const sound = { ...record, name: `s${name}`, queue: 'default', timing, missed: 'once', attempts: 1 };
    const planned = { ...sound, scheduler: `fledge-${encodeURIComponent(sound.name)}` };
    await client.hset('{fledge}:$schedules', sound.name, JSON.stringify(planned));
  }
}
