import type { Check } from '../../../store/diagnosis.js';
import { humanDuration } from '../../../values/duration.js';
import type { Reading } from './server-info.js';
import { unknown } from './unknown.js';

/** Milliseconds for one command. */
const slow = 10;
/** Milliseconds. */
const skewed = 1_000;

export function checkLatency(roundTrips: Reading<readonly number[]>): Check {
  const name = 'latency';
  if (roundTrips instanceof Error) return unknown(name, roundTrips, '+ping');
  const sorted = [...roundTrips].sort((a, b) => a - b);
  const median = sorted[Math.floor(sorted.length / 2)] ?? 0;
  const worst = sorted.at(-1) ?? 0;
  const found = `${tenths(median)} ms median, ${tenths(worst)} ms worst of ${sorted.length} PINGs`;
  if (median <= slow) return { name, status: 'ok', found };
  return {
    name,
    status: 'warning',
    found: `${found}; each job costs several of these`,
    code: 'FLEDGE_STORE_SLOW',
    fix: 'Run web and workers in the region and network of the server. If they are: look at its CPU, at SLOWLOG GET, and for swapping.',
  };
}

/** Delays are counted by the clocks of those who enqueue and who work. */
export function checkClock(clockAhead: Reading<number>): Check {
  const name = 'clock';
  if (clockAhead instanceof Error) return unknown(name, clockAhead, '+time');
  const distance = humanDuration(Math.round(Math.abs(clockAhead)));
  if (Math.abs(clockAhead) <= skewed) return { name, status: 'ok', found: `${distance} from this machine's` };
  return {
    name,
    status: 'warning',
    found: `${distance} ${clockAhead > 0 ? 'ahead of' : 'behind'} this machine's`,
    code: 'FLEDGE_CLOCK_SKEW',
    fix: 'Delayed and repeated jobs come early or late by as much. Let both machines take their time from NTP (chrony, systemd-timesyncd).',
  };
}

const tenths = (ms: number): number => Number(ms.toFixed(1));
