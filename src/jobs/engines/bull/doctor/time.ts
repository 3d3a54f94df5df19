import type { Check } from '../../../store/diagnosis.js';
import { humanDuration } from '../../../values/duration.js';
import type { Reading } from './server-info.js';
import { unknown } from './unknown.js';

/** The limit for one command, in milliseconds. */
const slow = 10;
/** The limit for the difference of two clocks, in milliseconds. */
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
    found: `${found}; each job takes several round trips`,
    code: 'FLEDGE_STORE_SLOW',
    fix: "Run web and worker processes in the server's region and network. If they already run there, check the server's CPU, SLOWLOG GET and swapping.",
  };
}

/** The clocks of the processes that enqueue and run jobs decide when a delay ends. */
export function checkClock(clockAhead: Reading<number>): Check {
  const name = 'clock';
  if (clockAhead instanceof Error) return unknown(name, clockAhead, '+time');
  const distance = humanDuration(Math.round(Math.abs(clockAhead)));
  if (Math.abs(clockAhead) <= skewed)
    return { name, status: 'ok', found: `${distance} from this machine's clock` };
  return {
    name,
    status: 'warning',
    found: `${distance} ${clockAhead > 0 ? 'ahead of' : 'behind'} this machine's clock`,
    code: 'FLEDGE_CLOCK_SKEW',
    fix: 'Delayed and repeated jobs run early or late by this difference. Synchronize both machines with NTP (chrony, systemd-timesyncd).',
  };
}

const tenths = (ms: number): number => Number(ms.toFixed(1));
