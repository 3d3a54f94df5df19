import { randomUUID } from 'node:crypto';

/** A UUIDv7: the time in milliseconds, then what randomUUID gives, so that ids of later jobs come later in a list. */
export function newJobId(now = Date.now()): string {
  const time = now.toString(16).padStart(12, '0');
  // From behind the version's digit.
  return `${time.slice(0, 8)}-${time.slice(8)}-7${randomUUID().slice(15)}`;
}

/** When an id of ours was made, milliseconds since 1970; undefined for another's. */
export function timeOfJobId(id: string): number | undefined {
  if (!/^[0-9a-f]{8}-[0-9a-f]{4}-7/.test(id)) return undefined;
  return Number.parseInt(id.slice(0, 8) + id.slice(9, 13), 16);
}
