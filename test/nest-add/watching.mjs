import { spawn } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { stripVTControlCharacters } from 'node:util';
import { check, environment, run, until } from './commands.mjs';
import { freePort } from './starting-points.mjs';

/**
 * Works with `npm run start:all:dev`: changes a job, breaks it, repairs it, and ends with Ctrl-C.
 *
 * @param send the code of a process that enqueues the sample job
 */
export async function checkWatching(home, env, send) {
  const port = await freePort();
  const settings = { ...environment, ...env, PORT: String(port) };
  // Its own process group, so that the signal reaches all processes, as Ctrl-C on a terminal does.
  const child = spawn('npm', ['run', 'start:all:dev'], { cwd: home, env: settings, detached: true });
  const group = -Number(child.pid);
  const dev = { log: '', code: undefined };
  for (const stream of [child.stdout, child.stderr])
    stream.on('data', (chunk) => (dev.log += stripVTControlCharacters(String(chunk))));
  child.on('close', (code) => (dev.code = code ?? 'a signal'));
  const starts = (role, line) =>
    dev.log.split('\n').filter((one) => one.startsWith(role) && line.test(one)).length;
  const bothStarted = (times) =>
    starts('web', /successfully started/) >= times && starts('worker', /processor default/) >= times;
  const job = join(home, 'src/jobs/greet.job.ts');
  const before = readFileSync(job, 'utf8');
  try {
    await until('web and worker are up', () => bothStarted(1), dev, 180_000);
    check(true, 'npm run start:all:dev starts web and worker');
    writeFileSync(job, before.replaceAll('Hello ${', 'Howdy ${'));
    await until('both are up again', () => bothStarted(2), dev, 180_000);
    writeFileSync(join(home, 'send.tmp.mjs'), send);
    await run(home, process.execPath, ['send.tmp.mjs'], { ...env, PORT: '0' });
    await until('the changed job ran', () => /^worker .*Howdy Ada, attempt 1/m.test(dev.log), dev);
    check(true, 'both start again after a change of a job, and the worker runs the new code');
    writeFileSync(job, before.replace('attempts: 10', "attempts: 'ten'"));
    await until('the compiler complains', () => /error TS\d+/.test(dev.log), dev, 180_000);
    check(
      (await fetch(`http://127.0.0.1:${port}/mails`)).status === 200,
      'a compile error leaves both running',
    );
    const times = starts('worker', /processor default/);
    writeFileSync(job, before);
    await until('both are up again', () => bothStarted(times + 1), dev, 180_000);
    process.kill(group, 'SIGINT');
    await until('it ends', () => dev.code !== undefined, { log: dev.log });
    await until('all its processes have ended', () => !groupLives(group), { log: dev.log });
    const answers = await fetch(`http://127.0.0.1:${port}/mails`).then(
      () => true,
      () => false,
    );
    check(!answers, 'Ctrl-C ends both');
  } finally {
    writeFileSync(job, before);
    if (groupLives(group)) process.kill(group, 'SIGKILL');
  }
}

function groupLives(group) {
  try {
    return process.kill(group, 0);
  } catch {
    return false;
  }
}
