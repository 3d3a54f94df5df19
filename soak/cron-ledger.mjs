import { readFileSync } from 'node:fs';

/**
 * Counts what the ledger says of the ticks that were due between the first one that ran and `until`.
 * @param methods the seconds between two ticks, by method
 */
export function readCronLedger(path, methods, until) {
  const lines = readFileSync(path, 'utf8')
    .split('\n')
    .map((line) => line.split(' '));
  const result = { methods: 0, ticks: 0, repeated: 0, missed: 0, unfinished: 0, outside: 0 };
  for (const [name, seconds] of Object.entries(methods)) {
    const of = (what) => lines.filter(([word, job]) => word === what && job === name);
    const runs = new Map();
    for (const [, , tick, , at] of of('run'))
      runs.set(Number(tick), [...(runs.get(Number(tick)) ?? []), Number(at)]);
    const ends = new Set(of('end').map(([, , tick]) => Number(tick)));
    const ticks = [...runs.keys()].toSorted((a, b) => a - b);
    if (ticks.length > 0) result.methods += 1;
    // A body without a run was not a job: @nestjs/schedule has run the method.
    result.outside += of('body').length - of('run').length;
    result.ticks += ticks.length;
    result.repeated += [...runs.values()].filter((all) => all.length > 1).length;
    result.unfinished += ticks.filter((tick) => tick < until && !ends.has(tick)).length;
    for (let tick = ticks[0] ?? until; tick < until; tick += seconds * 1_000)
      if (!runs.has(tick) && !isExcused(tick, ticks, runs)) result.missed += 1;
  }
  return result;
}

/** On a machine that is busy for longer than an interval, a tick that passes before the one before it starts makes no job. */
function isExcused(tick, ticks, runs) {
  const before = ticks.findLast((one) => one < tick);
  return before !== undefined && Math.min(...runs.get(before)) >= tick - 100;
}
