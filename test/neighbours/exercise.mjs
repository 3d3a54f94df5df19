// Runs a built application in its three ways, and exercises each neighbour in each of them.
import { check, run, start, until } from '../nest-add/commands.mjs';
import { freePort } from '../../dist/testing/redis/free-port.js';

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
export async function exerciseRedis(home, servers, more = {}) {
  const env = { ...(await settings(servers)), ...more, JOBS_URL: servers.jobs };
  const worker = start(home, ['dist/main-worker.js'], { ...env, ROLE: 'worker' });
  const web = start(home, ['dist/main.js'], { ...env, ROLE: 'web' });
  await withProcesses([web, worker], async () => {
    await until('the worker is up', () => worker.log.includes('processor default'), worker);
    await exercise({ web, runner: worker, env, role: 'worker', servers });
    const { modules } = servers.application;
    if (modules.includes('pino')) checkPino(worker.log);
    for (const [name, { code, words }] of Object.entries(inEveryProcess)) {
      const line = worker.log.split('\n').find((one) => one.includes(code));
      if (modules.includes(name))
        check(words.test(line), `the worker names what ${name} does in it`, worker.log);
      else check(!line, `the worker does not warn about ${name}`, line);
      check(!web.log.includes(code), `the web process does not warn about ${name}`, web.log);
    }
  });
}

/** What a module does in each process, and what the worker says of it at its boot. */
const inEveryProcess = {
  bull: { code: 'FLEDGE_CONSUMER_IN_EVERY_PROCESS', words: /@nestjs\/bull: ReportsProcessor\./ },
  schedule: { code: 'FLEDGE_CRON_IN_EVERY_PROCESS', words: /ticks \(ScheduleProbe\.tick\)/ },
  'socket-io': { code: 'FLEDGE_GATEWAY_WITHOUT_SERVER', words: /NotifyJob.*EchoGateway/ },
};

async function settings({ name, smtp, redis }) {
  const [PORT, PORT_2] = [String(await freePort()), String(await freePort())];
  return { PORT, PORT_2, SMTP_URL: smtp, BULL_URL: redis, BULL_PREFIX: `bull-${name}` };
}

/** All lines of the worker from its first on are pino's, and pino hides what the application wants hidden. */
function checkPino(log) {
  const lines = log
    .trim()
    .split('\n')
    .filter((line) => !line.startsWith('PROBE'));
  const foreign = lines.filter((line) => !/^\{"level":\d+,"time":\d+,"pid":\d+,"hostname":/.test(line));
  check(foreign.length === 0, `pino: all ${lines.length} lines of the worker are pino's`, foreign.join('\n'));
  for (const writer of ['pino', 'Nest'])
    check(
      lines.some((line) => line.includes('"password":"[Redacted]"') && line.includes(`PROBE by ${writer}`)),
      `pino: it redacts what is logged by ${writer}`,
      log,
    );
  check(!log.includes('secret'), 'pino: no line has the secret');
}

async function exercise({ web, runner, env, role, servers: { mails, name } }) {
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
  const address = `${role}@${name}.test`;
  await ask(`${url}/probes/mails/${address}`, 'POST', web);
  const isExpected = ({ to }) => to?.some((one) => one.address === address);
  await until('the mail', () => mails.mails.some(isExpected), runner);
  check(true, `${role}: ${names.join(', ')}, and a mail`);
}

async function ask(url, method, web) {
  const response = await fetch(url, { method, headers: { authorization: 'Bearer visitor' } });
  const text = await response.text();
  if (!response.ok) throw new Error(`${method} ${url} answered ${response.status}: ${text}\n${web.log}`);
  return text;
}

/** A line of Nest's logger, of the worker's, or of pino. */
const isError = /\b(ERROR|FATAL)\b|"level":("error"|"fatal"|50|60)/;

/** All of them must end by themselves, with 0 or by the signal, and log no error until then. */
async function withProcesses(processes, work) {
  try {
    await work();
    for (const one of processes) {
      one.child.kill('SIGTERM');
      await until('the end of a process', () => one.code !== undefined, {
        get log() {
          return one.log;
        },
      });
      check(!one.code, `it ended with ${one.code ?? one.child.signalCode}`, one.log);
      const errors = one.log.split('\n').filter((line) => isError.test(line));
      check(errors.length === 0, 'it logged no error', errors.join('\n'));
    }
  } finally {
    for (const { child } of processes) child.kill('SIGKILL');
  }
}
