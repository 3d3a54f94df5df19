import { randomUUID } from 'node:crypto';

/** A UUIDv7: the time in milliseconds, then what randomUUID gives, so that ids of later jobs come later in a list. */
export function newJobId(now = Date.now()): string {
  const time = now.toString(16).padStart(12, '0');
  // From behind the version's digit.
  return `${time.slice(0, 8)}-${time.slice(8)}-7${randomUUID().slice(15)}`;
}
