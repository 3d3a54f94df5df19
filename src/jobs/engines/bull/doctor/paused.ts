import type { Check } from '../../../store/diagnosis.js';
import type { Pause } from '../../../store/pauses.js';
import { humanDuration } from '../../../values/duration.js';
import type { Reading } from './server-info.js';
import { unknown } from './unknown.js';

/**
 * Reports paused jobs, because an operator may have forgotten to resume them.
 * @param now in milliseconds since 1970
 */
export function checkPausedJobs(pauses: Reading<readonly Pause[]>, now: number): Check {
  const name = 'paused jobs';
  if (pauses instanceof Error) return unknown(name, pauses, '+hgetall');
  if (pauses.length === 0) return { name, status: 'ok', found: 'none' };
  const list = pauses.map(({ name: job, since, host }) => {
    const ago = since === undefined ? [] : [`for ${humanDuration(Math.max(0, now - since))}`];
    const from = host === undefined ? [] : [`paused on ${host}`];
    const more = [...ago, ...from].join(', ');
    return more === '' ? job : `${job} (${more})`;
  });
  return {
    name,
    status: 'warning',
    found: `${list.join('; ')}: workers start no job of ${pauses.length === 1 ? 'it' : 'them'}`,
    code: 'FLEDGE_JOB_PAUSED',
    fix: `If this is not intended, run ${pauses.map(({ name: job }) => `fledge resume job ${job}`).join(' and ')}.`,
  };
}
