import type { Check } from '../../../store/diagnosis.js';
import { humanDuration } from '../../../values/duration.js';
import type { ServerInfo } from './server-info.js';
import { notShown } from './unknown.js';

/** Both in percent of maxmemory. */
const worrying = 75;
const critical = 90;

export function checkMemory(info: ServerInfo): Check {
  const name = 'memory';
  const used = info.number('used_memory');
  const limit = info.number('maxmemory');
  if (used === undefined || limit === undefined) return notShown(name, 'used_memory and maxmemory');
  if (limit === 0) {
    const total = info.number('total_system_memory');
    const machine = total === undefined ? '' : `, the machine has ${humanBytes(total)}`;
    return { name, status: 'ok', found: `${humanBytes(used)} used, maxmemory is not set${machine}` };
  }
  const percent = Math.floor((used / limit) * 100);
  const found = `${humanBytes(used)} of ${humanBytes(limit)} used, ${percent} %`;
  if (percent < worrying) return { name, status: 'ok', found };
  return {
    name,
    status: percent >= critical ? 'error' : 'warning',
    found: `${found}; a full server refuses or evicts jobs`,
    code: 'FLEDGE_STORE_MEMORY',
    fix: 'Raise maxmemory, or use a larger node. Check below for a queue without a worker and for too many finished jobs. To find other large keys, run redis-cli --bigkeys.',
  };
}

export function checkEvictedKeys(info: ServerInfo): Check {
  const name = 'evicted keys';
  const evicted = info.number('evicted_keys');
  if (evicted === undefined) return notShown(name, 'evicted_keys');
  if (evicted === 0) return { name, status: 'ok', found: 'none since the server started' };
  const uptime = info.number('uptime_in_seconds');
  const since = uptime === undefined ? 'since it started' : `in ${humanDuration(uptime * 1_000)}`;
  return {
    name,
    status: 'error',
    found: `${evicted} ${since}; some of them may have been jobs`,
    code: 'FLEDGE_KEYS_EVICTED',
    fix: 'Set maxmemory-policy to noeviction. Raise maxmemory, or use a separate server for jobs. Then reset the counter with CONFIG RESETSTAT or a restart. Enqueue the lost jobs again.',
  };
}

function humanBytes(bytes: number): string {
  let [size, unit] = [bytes, 'B'];
  for (const larger of ['KB', 'MB', 'GB', 'TB']) {
    if (size < 1024) break;
    [size, unit] = [size / 1024, larger];
  }
  return `${Number(size.toFixed(size < 10 ? 1 : 0))} ${unit}`;
}
