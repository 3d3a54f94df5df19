import { readFileSync } from 'node:fs';

/** What the workers' ledger says of the jobs that were enqueued. */
export function readLedger(path, enqueued) {
  const ends = new Map();
  let attemptsSpent = 0;
  let slowestHandBackMs = 0;
  let handedBack = 0;
  // A body that is deaf to its signal may end between its job's hand-back and the end of its process.
  let endedTooLate = 0;
  const backs = new Set();
  for (const line of readFileSync(path, 'utf8').split('\n')) {
    const [what, id, number, pid] = line.split(' ');
    if (what === 'end' && backs.has(`${id} ${pid}`)) endedTooLate += 1;
    else if (what === 'end') {
      ends.set(id, (ends.get(id) ?? 0) + 1);
      // A job that ends in its first attempt has spent none beside it.
      attemptsSpent += Number(number) - 1;
    } else if (what === 'back') {
      handedBack += 1;
      backs.add(`${id} ${pid}`);
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
