import { readFileSync } from 'node:fs';

/** What the workers' ledger says of the jobs that were enqueued. */
export function readLedger(path, enqueued) {
  const ends = new Map();
  let attemptsSpent = 0;
  let slowestHandBackMs = 0;
  let handedBack = 0;
  // A body that is deaf to its signal may end while its job is handed back, or before its process ends.
  let endedTooLate = 0;
  const lines = readFileSync(path, 'utf8')
    .split('\n')
    .map((line) => line.split(' '));
  const backs = new Set(lines.filter(([what]) => what === 'back').map(([, id, , pid]) => `${id} ${pid}`));
  for (const [what, id, number, pid] of lines) {
    if (what === 'end' && backs.has(`${id} ${pid}`)) endedTooLate += 1;
    else if (what === 'end') {
      ends.set(id, (ends.get(id) ?? 0) + 1);
      // A job that ends in its first attempt has spent none beside it.
      attemptsSpent += Number(number) - 1;
    } else if (what === 'back') {
      handedBack += 1;
      slowestHandBackMs = Math.max(slowestHandBackMs, Number(number));
    }
  }
  const completed = enqueued.filter((id) => ends.has(id)).length;
  return {
    handedBack,
    result: {
      enqueued: enqueued.length,
      completed,
      lost: enqueued.length - completed,
      repeated: [...ends.values()].filter((count) => count > 1).length,
      attemptsSpent,
      slowestHandBackMs,
      endedTooLate,
    },
  };
}
