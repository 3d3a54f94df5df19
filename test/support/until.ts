import { setTimeout as sleep } from 'node:timers/promises';

/** Polls until `look` returns a truthy value, and returns it. Throws if that takes too long. */
export async function until<T>(
  what: string,
  look: () => T | Promise<T>,
  timeout = 20_000,
): Promise<NonNullable<Exclude<T, false>>> {
  const deadline = Date.now() + timeout;
  for (;;) {
    const seen = await look();
    if (seen) return seen as NonNullable<Exclude<T, false>>;
    if (Date.now() > deadline) throw new Error(`Waited ${timeout} ms in vain until ${what}`);
    await sleep(20);
  }
}
