import type { Redis } from 'ioredis';

/** What schedules in Redis should agree on: their records, and the job schedulers of BullMQ with their ticks. */
interface StoredRecord {
  readonly queue: string;
  readonly fingerprint: string;
}

/**
 * Compares all records of schedules with all job schedulers of BullMQ whose ids begin with `fledge-`. A schedule that is not
 * paused has exactly one job scheduler, with the same content, in its queue. All others have none.
 *
 * @param prefix with its braces
 * @returns what does not agree, in words
 */
export async function disagreements(
  client: Redis,
  prefix: string,
  queues: readonly string[],
): Promise<string[]> {
  const key = `${prefix}:$schedules`;
  const records = { ...(await client.hgetall(key)), ...(await client.hgetall(`${key}:runtime`)) };
  const paused = new Set(await client.hkeys(`${key}:paused`));
  const expected = Object.entries(records).flatMap(([name, text]) => {
    const { queue, fingerprint } = JSON.parse(text) as StoredRecord;
    return paused.has(name) ? [] : [`${name} on ${queue} as ${fingerprint}, 1 tick`];
  });
  const found = (
    await Promise.all(queues.map((queue) => planned(client, `${prefix}:${queue}`, queue)))
  ).flat();
  return [
    ...expected.filter((one) => !found.includes(one)).map((one) => `missing: ${one}`),
    ...found.filter((one) => !expected.includes(one)).map((one) => `not expected: ${one}`),
  ];
}

async function planned(client: Redis, base: string, queue: string): Promise<string[]> {
  const jobs = [
    ...(await client.zrange(`${base}:delayed`, '0', '-1')),
    ...(await client.lrange(`${base}:wait`, '0', '-1')),
  ];
  const ids = (await client.zrange(`${base}:repeat`, '0', '-1')).filter((id) => id.startsWith('fledge-'));
  const ticks = (id: string): number => jobs.filter((job) => job.startsWith(`repeat:${id}:`)).length;
  const schedulers = await Promise.all(
    ids.map(async (id) => {
      const opts = (await client.hget(`${base}:repeat:${id}`, 'opts')) ?? '{}';
      const { fingerprint } = JSON.parse(opts) as Partial<StoredRecord>;
      return `${id.slice('fledge-'.length)} on ${queue} as ${fingerprint}, ${ticks(id)} tick`;
    }),
  );
  const alone = jobs.filter((job) => !ids.some((id) => job.startsWith(`repeat:${id}:`)));
  return [...schedulers, ...alone.map((job) => `${job} on ${queue}, without a job scheduler`)];
}
