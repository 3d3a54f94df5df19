import type { Attempt } from '../store/attempt.js';
import type { Envelope } from '../store/envelope.js';
import { isTooLate, tickOf, type Tick } from '../job/schedule/tick.js';

/**
 * The tick that this attempt would be too late for, since nobody worked its queue when it was due. One that was begun
 * before (it was handed back, put off, or failed) is not late: its time had come.
 */
export async function missedTick({ fields }: Attempt, envelope: Envelope): Promise<Tick | undefined> {
  const tick = tickOf(fields.id);
  if (!tick || !envelope.tick || fields.starts > 1) return undefined;
  if (!isTooLate(envelope.tick.timing, tick.at, fields.now())) return undefined;
  return (await fields.wasUnattended?.(tick.at)) ? tick : undefined;
}
