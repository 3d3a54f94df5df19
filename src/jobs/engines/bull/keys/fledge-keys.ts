/** What Fledge itself keeps in Redis, next to BullMQ's queues. */
export type FledgeKey =
  | 'cancelled'
  | 'cancelled-jobs'
  | 'cancelled-order'
  | 'catalog'
  | 'classes'
  | 'clock'
  | 'fleet'
  | 'paused'
  | 'queues'
  | 'retention'
  | 'schedules';

/** Returns one of Fledge's own keys. A queue's name cannot contain `$`, so the key does not belong to a queue. */
export function fledgeKey(prefix: string, key: FledgeKey): string {
  return `${prefix}:$${key}`;
}

/** Returns the start of all keys of a BullMQ queue. */
export function queueBase(prefix: string, queue: string): string {
  return `${prefix}:${queue}:`;
}
