import { randomUUID } from 'node:crypto';

/** Returns a UUIDv7: the time in milliseconds, then random digits. The ids of later jobs sort after the ids of earlier ones. */
export function newJobId(now = Date.now()): string {
  const time = now.toString(16).padStart(12, '0');
  // A random UUID has 14 characters before its version digit. All that follows the digit is random, or the same in both.
  return `${time.slice(0, 8)}-${time.slice(8)}-7${randomUUID().slice(15)}`;
}

/** Returns the time that a UUIDv7 contains, in milliseconds since 1970, or undefined for any other id. */
export function timeOfJobId(id: string): number | undefined {
  if (!/^[0-9a-f]{8}-[0-9a-f]{4}-7/.test(id)) return undefined;
  return Number.parseInt(id.slice(0, 8) + id.slice(9, 13), 16);
}
