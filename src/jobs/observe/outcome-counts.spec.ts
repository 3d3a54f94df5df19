import { expect, it } from 'vitest';
import { JobEvents } from '../events/events.js';
import { FledgeError } from '../values/errors.js';
import { tickMissed, tickOverlaps } from '../job/schedule/tick.js';
import type { Outcome } from '../store/outcome.js';
import { OutcomeCounts } from './outcome-counts.js';

it('counts the outcomes of a worker’s attempts since the last call', () => {
  const events = new JobEvents();
  const counts = new OutcomeCounts(events);
  const finish = (outcome: Outcome, inline = false): void =>
    events.emit({
      type: 'finished',
      id: 'a',
      name: 'J',
      queue: 'default',
      attempt: 1,
      attempts: 2,
      wait: 0,
      duration: 1,
      outcome,
      ...(inline && { inline: true as const }),
    });
  const error = new Error('x');
  finish({ kind: 'completed', result: 1 });
  finish({ kind: 'completed', result: 1 }, true);
  finish({ kind: 'failed', error, retryIn: 5 });
  finish({ kind: 'failed', error });
  finish({ kind: 'killed', error });
  finish({ kind: 'expired', reason: new FledgeError('FLEDGE_JOB_EXPIRED', 'late') });
  finish({ kind: 'expired', reason: tickMissed({ schedule: 's', at: 0 }) });
  finish({ kind: 'expired', reason: tickOverlaps('s') });
  expect(counts.take()).toMatchObject({
    completed: 1,
    failed: 2,
    killed: 1,
    dead: 2,
    expired: 2,
    skipped: 1,
    cancelled: 0,
  });
  expect(counts.take()).toMatchObject({ completed: 0, dead: 0 });
});
