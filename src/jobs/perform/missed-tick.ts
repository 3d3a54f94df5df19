import type { Attempt } from '../store/attempt.js';
import type { Envelope } from '../store/envelope.js';
import { isTooLate, tickOf, type Tick } from '../job/schedule/tick.js';

/**
 * Returns the tick of this attempt if it was missed: it is late, and its queue had no worker when it was due. A job that has
 * started before (and was handed back, put off, or failed) is not late.
 */
export async function missedTick({ job, port }: Attempt, envelope: Envelope): Promise<Tick | undefined> {
  const tick = tickOf(job.id);
  if (!tick || !envelope.tick || job.starts > 1) return undefined;
  if (!isTooLate(envelope.tick.timing, tick.at, port.now())) return undefined;
  return (await port.wasUnserved?.(tick.at)) ? tick : undefined;
}
