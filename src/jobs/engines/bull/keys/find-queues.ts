/** A step of SCAN: from a cursor to the next and the keys between. */
export type Scan = (cursor: string, match: string, keysAtATime: number) => Promise<[string, string[]]>;

const keysAtATime = 1_000;
/** Milliseconds that are spent on looking for queues: a server with many millions of keys has other things to do. */
const scanTime = 2_000;

/** The names of BullMQ's queues below a prefix; not complete on a server that has too many keys to look at all. */
export async function findQueues(
  scan: Scan,
  prefix: string,
): Promise<{ names: string[]; complete: boolean }> {
  const names = new Set<string>();
  const deadline = Date.now() + scanTime;
  let cursor = '0';
  do {
    const [next, keys] = await scan(cursor, `${prefix}:*:meta`, keysAtATime);
    for (const key of keys) names.add(key.slice(prefix.length + 1, -':meta'.length));
    cursor = next;
  } while (cursor !== '0' && Date.now() < deadline);
  return { names: [...names].filter(isQueueName).sort(), complete: cursor === '0' };
}

/** BullMQ allows neither an empty name nor a colon in it. A key that looks so is something else. */
export function isQueueName(name: string): boolean {
  return name !== '' && !name.includes(':');
}
