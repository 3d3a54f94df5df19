/** Takes one step of SCAN: from a cursor to the next cursor and the keys in between. */
export type Scan = (cursor: string, match: string, keysPerStep: number) => Promise<[string, string[]]>;

const keysPerStep = 1_000;
/** How long the search may take, in milliseconds. It must not occupy a server with many millions of keys. */
const scanTime = 2_000;

/**
 * Finds the names of BullMQ's queues below a prefix. `complete` is false if the server has too many keys to look at all of
 * them.
 */
export async function findQueues(
  scan: Scan,
  prefix: string,
): Promise<{ names: string[]; complete: boolean }> {
  const names = new Set<string>();
  const deadline = Date.now() + scanTime;
  let cursor = '0';
  do {
    const [next, keys] = await scan(cursor, `${prefix}:*:meta`, keysPerStep);
    for (const key of keys) names.add(key.slice(prefix.length + 1, -':meta'.length));
    cursor = next;
  } while (cursor !== '0' && Date.now() < deadline);
  return { names: [...names].filter(isQueueName).sort(), complete: cursor === '0' };
}

/** BullMQ forbids an empty name and a name with a colon. Such a key is not a queue's. */
export function isQueueName(name: string): boolean {
  return name !== '' && !name.includes(':');
}
