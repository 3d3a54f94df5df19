import { AssertionError } from 'node:assert';
import { inspect, isDeepStrictEqual } from 'node:util';
import type { PerformedJob } from '../records/recorded.js';

export interface IdempotenceCheck {
  readonly name: string;
  readonly first: () => Promise<PerformedJob>;
  readonly again: (first: PerformedJob) => Promise<PerformedJob>;
  readonly observe: () => unknown;
}

/** @throws AssertionError when the second run changes what is observed, or when one does not complete */
export async function checkIdempotence({ name, first, again, observe }: IdempotenceCheck): Promise<void> {
  const once = await first();
  refuseFailure(`${name} did not complete`, once);
  const seenOnce = snapshot(await observe());
  const twice = await again(once);
  refuseFailure(`${name} completed, but not when it ran again after a crash`, twice);
  const seenTwice = snapshot(await observe());
  if (isDeepStrictEqual(seenOnce, seenTwice)) return;
  throw new AssertionError({
    message: `${name} is not idempotent: it ran again after a crash, and what was observed changed.
After the first run:  ${show(seenOnce)}
After the second run: ${show(seenTwice)}
Let the second run find what the first has done: an upsert or a unique key, context.id as the idempotency key of a service, or context.note for steps that are done.`,
    actual: seenTwice,
    expected: seenOnce,
    operator: 'deepStrictEqual',
  });
}

function refuseFailure(what: string, { outcome, error }: PerformedJob): void {
  if (outcome.kind === 'completed') return;
  const why = error ? `: ${error.message}` : '';
  throw new AssertionError({
    message: `${what}: it was ${outcome.kind}${why}`,
    actual: outcome.kind,
    expected: 'completed',
    operator: 'strictEqual',
  });
}

/** `observe` may give the same object each time, which changes in between. */
function snapshot(value: unknown): unknown {
  try {
    return structuredClone(value);
  } catch {
    // It has functions, or is held together by them.
    return inspect(value, { depth: 10, maxArrayLength: null, maxStringLength: null });
  }
}

function show(value: unknown): string {
  return inspect(value, { depth: 4, breakLength: 100, maxArrayLength: 20 });
}
