// Runs a built application in its three ways, and exercises each neighbour in each of them.
import { check, run, start, until } from '../nest-add/commands.mjs';
import { freePort } from '../nest-add/starting-points.mjs';

/** In the testing kit: each job with its neighbour, and a mail. */
export async function exerciseKit(home, servers) {
  const printed = await run(home, process.execPath, ['dist/main-kit.js'], {
    ...(await settings(servers)),
    ROLE: 'kit',
  });
  check(printed.includes('PROBE the kit has closed'), 'testJobs: every job ran, and the process ended');
}

/** Without Redis: one process that runs its own jobs. */
export async function exerciseMemory(home, servers) {
  const env = await settings(servers);
  const web = start(home, ['dist/main.js'], { ...env, ROLE: 'memory' });
  await withProcesses([web], () => exercise({ web, runner: web, env, role: 'memory', servers }));
}

/** Web and worker on Redis. */
export async function exerciseRedis(home, servers) {
  const env = { ...(await settings(servers)), JOBS_URL: servers.jobs };
  const worker = start(home, ['dist/main-worker.js'], { ...env, ROLE: 'worker' });
  const web = start(home, ['dist/main.js'], { ...env, ROLE: 'web' });
  await withProcesses([web, worker], async () => {
    await until('the worker is up', () => worker.log.includes('processor default'), worker);
    await exercise({ web, runner: worker, env, role: 'worker', servers });
  });
}

async function settings({ smtp, bull }) {
  return { PORT: String(await freePort()), PORT_2: String(await freePort()), SMTP_URL: smtp, BULL_URL: bull };
}

async function exercise({ web, runner, env, role, servers: { mails } }) {
  await until('the web process listens', () => web.log.includes('PROBE listening'), web);
  const url = `http://127.0.0.1:${env.PORT}`;
  const names = JSON.parse(await ask(`${url}/probes`, 'GET', web));
  for (const name of names) {
    await ask(`${url}/probes/${name}`, 'POST', web);
    const isDone = () =>
      runner.log.includes(`PROBE ${name} ran in ${role}`) || runner.log.includes('dead after');
    await until(`the job of ${name}`, isDone, runner);
    if (runner.log.includes('dead after'))
      throw new Error(`The job of ${name} failed:\n${runner.log.slice(-3_000)}`);
  }
  const from = mails.mails.length;
  await ask(`${url}/probes/mails/ada@example.test`, 'POST', web);
  await until('the mail', () => mails.mails.length > from, runner);
  check(
    !/ERROR|dead after/.test(runner.log + web.log),
    `${role}: nothing was logged as an error`,
    web.log + runner.log,
  );
  check(true, `${role}: ${names.join(', ')}, and a mail`);
}

async function ask(url, method, web) {
  const response = await fetch(url, { method, headers: { authorization: 'Bearer visitor' } });
  const text = await response.text();
  if (!response.ok) throw new Error(`${method} ${url} answered ${response.status}: ${text}\n${web.log}`);
  return text;
}

/** All of them must end by themselves, with 0 or by the signal. */
async function withProcesses(processes, work) {
  try {
    await work();
    for (const one of processes) {
      one.child.kill('SIGTERM');
      await until('the end of a process', () => one.code !== undefined || one.child.signalCode !== null, {
        get log() {
          return one.log;
        },
      });
      check(!one.code, `it ended with ${one.code ?? one.child.signalCode}`);
    }
  } finally {
    for (const { child } of processes) child.kill('SIGKILL');
  }
}
