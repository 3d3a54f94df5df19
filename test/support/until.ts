import { setTimeout as sleep } from 'node:timers/promises';

/** Long enough for a busy machine. What takes so long will not happen. */
const patience = 120_000;

/** Polls until `look` returns a truthy value, and returns it. Throws if it never does. */
export async function until<T>(
  what: string,
  look: () => T | Promise<T>,
): Promise<NonNullable<Exclude<T, false>>> {
  const deadline = Date.now() + patience;
  for (;;) {
    const seen = await look();
    if (seen) return seen as NonNullable<Exclude<T, false>>;
    if (Date.now() > deadline) throw new Error(`Waited ${patience} ms in vain until ${what}`);
    await sleep(20);
  }
}
