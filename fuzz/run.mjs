// All property tests (test/fuzz) again and again, each round with another seed and twice as many tries, until the time is up:
//   npm run fuzz -- --minutes 10 [--seed 1] [name…]
// Ends with 1 at the first failure, and prints the command that repeats it.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { randomInt } from 'node:crypto';
import { readdirSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';

const root = fileURLToPath(new URL('..', import.meta.url));
const folder = 'test/fuzz';
/** No round tries more than this times the suite's number: a round ends, and the next one has another seed. */
const mostScale = 256;
const timeouts = ['--testTimeout', '86400000', '--hookTimeout', '86400000'];

const { values: flags, positionals: names } = parseArgs({
  options: { minutes: { type: 'string', default: '10' }, seed: { type: 'string' } },
  allowPositionals: true,
});
const minutes = Number(flags.minutes);
if (!(minutes > 0)) throw new Error(`--minutes is ${flags.minutes}. Pass a number above 0.`);
const firstSeed = flags.seed === undefined ? randomInt(2 ** 31) : Number(flags.seed);
if (!Number.isInteger(firstSeed)) throw new Error(`--seed is ${flags.seed}. Pass a whole number.`);
const ending = '.fuzz.test.ts';
const files = readdirSync(`${root}/${folder}`)
  .filter((file) => file.endsWith(ending))
  .filter((file) => names.length === 0 || names.some((name) => file.slice(0, -ending.length).includes(name)))
  .map((file) => `${folder}/${file}`);
if (files.length === 0) throw new Error(`No file in ${folder} has ${names.join(' or ')} in its name.`);

const deadline = Date.now() + minutes * 60_000;
const isOver = () => Date.now() >= deadline;

/** @returns whether it failed; a run that is cut off by the deadline has not */
async function fails(file, env) {
  const args = ['vitest', 'run', file, ...timeouts, '--reporter=dot'];
  const child = spawn('npx', args, {
    cwd: root,
    env: { ...process.env, ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
    // Its own group: npx does not pass signals on to vitest.
    detached: true,
  });
  let output = '';
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (text) => (output += text));
  const timer = setTimeout(() => process.kill(-child.pid, 'SIGKILL'), Math.max(0, deadline - Date.now()));
  const stop = () => process.kill(-child.pid, 'SIGKILL');
  process.once('exit', stop);
  const [code, signal] = await once(child, 'close');
  process.off('exit', stop);
  clearTimeout(timer);
  if (code === 0 || (signal !== null && isOver())) return false;
  console.log(output);
  return true;
}

for (const signal of ['SIGINT', 'SIGTERM']) process.once(signal, () => process.exit(130));

for (let round = 0; !isOver(); round++) {
  // Not the same numbers again when the next run begins with the next seed.
  const seed = (firstSeed + round * 1_000_003) % 2 ** 31;
  const scale = Math.min(2 ** round, mostScale);
  const env = { FUZZ_SEED: String(seed), FUZZ_SCALE: String(scale) };
  console.log(`round ${round + 1}: seed ${seed}, ${scale} × the tries of the suite`);
  for (const file of files) {
    if (isOver()) break;
    const startedAt = Date.now();
    if (await fails(file, env)) {
      console.log(`${file} failed. To repeat it:`);
      console.log(`  FUZZ_SEED=${seed} FUZZ_SCALE=${scale} npx vitest run ${file} ${timeouts.join(' ')}`);
      process.exit(1);
    }
    const took = `${Math.round((Date.now() - startedAt) / 1_000)} s`;
    console.log(`  ${file}: ${isOver() ? 'stopped, the time is up' : `passed in ${took}`}`);
  }
}
console.log(`No property failed in ${minutes} minutes. First seed: ${firstSeed}`);
