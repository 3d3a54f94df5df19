import type { Check } from '../../../store/diagnosis.js';
import type { Reading, ServerInfo } from './server-info.js';
import { problemOf } from '../connection/store-errors.js';

/** A check that could not be made, with the right to give if that is what was missing. */
export function unknown(name: string, why: Error, right: string): Check {
  const found = `not seen: ${why.message}`;
  if (problemOf(why).code !== 'FLEDGE_STORE_PERMISSION') return { name, status: 'unknown', found };
  return {
    name,
    status: 'unknown',
    found,
    code: 'FLEDGE_STORE_PERMISSION',
    fix: `Let the user of the URL run it (${right}); docs/redis.md has the least rights.`,
  };
}

/** A check of what `INFO` says. */
export function withInfo(
  name: string,
  info: Reading<ServerInfo>,
  look: (info: ServerInfo) => Check | readonly Check[],
): readonly Check[] {
  return info instanceof Error ? [unknown(name, info, '+info')] : [look(info)].flat();
}

/** A server that speaks Redis' protocol and says less about itself. */
export function notShown(name: string, field: string): Check {
  return { name, status: 'unknown', found: `INFO does not show ${field}` };
}
