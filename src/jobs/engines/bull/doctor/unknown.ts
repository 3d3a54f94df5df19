import type { Check } from '../../../store/diagnosis.js';
import type { Reading, ServerInfo } from './server-info.js';
import { problemOf } from '../connection/store-errors.js';

/** A check that could not be made. Its fix names the right that was missing, if that is the reason. */
export function unknown(name: string, why: Error, right: string): Check {
  const found = `could not be checked: ${why.message}`;
  if (problemOf(why).code !== 'FLEDGE_STORE_PERMISSION') return { name, status: 'unknown', found };
  return {
    name,
    status: 'unknown',
    found,
    code: 'FLEDGE_STORE_PERMISSION',
    fix: `Grant the right ${right} to the user of the URL. docs/redis.md lists the least rights.`,
  };
}

/** A check, or several, that read the answer to `INFO`. */
export function withInfo(
  name: string,
  info: Reading<ServerInfo>,
  look: (info: ServerInfo) => Check | readonly Check[],
): readonly Check[] {
  return info instanceof Error ? [unknown(name, info, '+info')] : [look(info)].flat();
}

/** A check whose field is missing in `INFO`, as on servers that only share the protocol with Redis. */
export function notShown(name: string, field: string): Check {
  return { name, status: 'unknown', found: `INFO does not show ${field}` };
}
