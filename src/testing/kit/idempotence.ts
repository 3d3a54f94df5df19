import { AssertionError } from 'node:assert';
import { inspect, isDeepStrictEqual } from 'node:util';
import type { PerformedJob } from '../records/recorded.js';

export interface IdempotenceCheck {
  readonly name: string;
  readonly first: () => Promise<PerformedJob>;
  readonly again: (first: PerformedJob) => Promise<PerformedJob>;
  readonly observe: () => unknown;
}

/** @throws AssertionError if the second run changes the observed value, or if a run does not complete */
export async function checkIdempotence({ name, first, again, observe }: IdempotenceCheck): Promise<void> {
  const once = await first();
  refuseFailure(`${name} did not complete`, once);
  const seenOnce = snapshot(await observe());
  const twice = await again(once);
  refuseFailure(`${name} completed, but did not complete when it ran again after a crash`, twice);
  const seenTwice = snapshot(await observe());
  if (isDeepStrictEqual(seenOnce, seenTwice)) return;
  throw new AssertionError({
    message: `${name} is not idempotent. It ran again after a simulated crash, and the observed value changed.
After the first run:  ${show(seenOnce)}
After the second run: ${show(seenTwice)}
Make the second run recognise the work of the first. Use an upsert or a unique key, pass context.id to services as the idempotency key, or record finished steps with context.note.`,
    actual: seenTwice,
    expected: seenOnce,
    operator: 'deepStrictEqual',
  });
}

function refuseFailure(what: string, { outcome, error }: PerformedJob): void {
  if (outcome.kind === 'completed') return;
  const why = error ? `: ${error.message}` : '.';
  throw new AssertionError({
    message: `${what}. Its outcome was ${outcome.kind}${why}`,
    actual: outcome.kind,
    expected: 'completed',
    operator: 'strictEqual',
  });
}

/** Copies the value, because `observe` may return the same object twice. */
function snapshot(value: unknown): unknown {
  try {
    return structuredClone(value);
  } catch {
    // A value with functions can't be cloned.
    return inspect(value, { depth: 10, maxArrayLength: null, maxStringLength: null });
  }
}

function show(value: unknown): string {
  return inspect(value, { depth: 4, breakLength: 100, maxArrayLength: 20 });
}
