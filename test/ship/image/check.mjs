// npm run check:image builds docker/Dockerfile and starts web and worker from it with a real Redis. A visitor signs up and
// imports a file over HTTP, and the mail arrives. Then both processes are stopped as a platform stops them. It is not part
// of npm test, because it takes a minute and needs Docker on Linux, or root on Debian and a script in IMAGE_CHECK.
import { chmodSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { freePort } from '../../../dist/testing/redis/free-port.js';
import { MailCatcher } from '../../../dist/demo/mail-catcher.js';
import { findRedisServer, startPrivateRedis } from '../../../dist/testing/redis/private-redis.js';
import { findEngine } from './engine.mjs';

const grace = 30_000;
const limit = 90e6;
const cleanups = [];
const startedAt = Date.now();
const say = (text) => console.log(`${((Date.now() - startedAt) / 1_000).toFixed(1).padStart(6)}s  ${text}`);

function check(ok, what) {
  if (!ok) throw new Error(`failed: ${what}`);
  say(`ok: ${what}`);
}

async function until(what, look, timeout = 60_000) {
  const deadline = Date.now() + timeout;
  for (;;) {
    const seen = await look();
    if (seen) return seen;
    if (Date.now() > deadline) throw new Error(`after ${timeout} ms it was still not true that ${what}`);
    await sleep(100);
  }
}

/** Starts a container and waits until its log shows that it is ready. */
async function start(engine, role, command, env, shared, ready) {
  const container = engine.start({ command, env, shared });
  let log = '';
  for (const stream of [container.child.stdout, container.child.stderr])
    stream.on('data', (chunk) => (log += chunk));
  let code;
  container.child.on('exit', (status) => (code = status));
  cleanups.push(() => code === undefined && container.signal('SIGKILL'));
  await until(`the ${role} is up`, () => {
    if (code !== undefined) throw new Error(`the ${role} ended with ${code}:\n${log}`);
    return ready.test(log);
  });
  const stop = async () => {
    const from = Date.now();
    container.signal('SIGTERM');
    await until(`the ${role} has ended; its log:\n${log}`, () => code !== undefined, grace);
    return { code, milliseconds: Date.now() - from };
  };
  return { role, ...container, stop, log: () => log };
}

const node = (container, code) => container.exec(['node', '-e', code]);

function checkRights(container) {
  const { role } = container;
  check(
    node(container, 'console.log(process.getuid())').stdout.trim() === '1000',
    `${role} runs as node (1000), not root`,
  );
  const write = (path) => node(container, `fs.writeFileSync('${path}', 'x')`);
  check(/EROFS/.test(write('/app/x').stderr), `${role} has a read-only root file system`);
  check(write('/tmp/x').status === 0, `${role} can write to /tmp, a tmpfs`);
  const first = node(
    container,
    "console.log(fs.readFileSync('/proc/1/cmdline', 'utf8').split('\\0').join(' '))",
  );
  check(first.stdout.startsWith('node dist/main'), `${role} is process 1: ${first.stdout.trim()}`);
}

async function checkHealth(container, command) {
  // Docker repeats a failed check too.
  const { stdout } = await until(`the ${container.role} is healthy`, () => {
    const result = container.exec(command);
    return result.status === 0 && result;
  });
  check(true, `HEALTHCHECK of the ${container.role}: ${stdout.trim().slice(0, 35)}`);
  container.signal('SIGSTOP');
  const frozen = container.exec(command);
  container.signal('SIGCONT');
  check(frozen.status === 1, `and it fails when the ${container.role} is frozen`);
}

function airports(rows) {
  const letters = (i) => i.toString(36).toUpperCase().padStart(4, '0');
  const lines = Array.from(
    { length: rows },
    (_, i) => `${letters(i)},Field ${i},Town,TX,USA,${i % 90},${i % 180}`,
  );
  return ['iata,name,city,state,country,latitude,longitude', ...lines].join('\n');
}

async function json(url, init) {
  const response = await fetch(url, init);
  const body = await response.text();
  if (!response.ok) throw new Error(`${url} answered ${response.status}: ${body}`);
  return JSON.parse(body);
}

async function main() {
  const engine = findEngine();
  cleanups.push(() => engine.cleanUp());
  say(`building docker/Dockerfile with ${engine.name}`);
  engine.build();

  const { User, Cmd, Healthcheck, WorkingDir } = engine.config();
  check(User === 'node' && WorkingDir === '/app', 'the image has the user node and the directory /app');
  check(JSON.stringify(Cmd) === '["node","dist/main.js"]', 'its command is the web process, in exec form');
  check(
    Healthcheck?.Test[0] === 'CMD',
    `its HEALTHCHECK is in exec form: ${Healthcheck?.Test.slice(1).join(' ')}`,
  );

  const redis = await startPrivateRedis(findRedisServer(), {
    settings: ['--maxmemory-policy', 'noeviction'],
  });
  cleanups.push(() => redis.stop());
  const mails = new MailCatcher();
  const smtp = await mails.start();
  cleanups.push(() => mails.stop());
  const shared = mkdtempSync(join(tmpdir(), 'fledge-image-'));
  chmodSync(shared, 0o777);
  cleanups.push(() => rmSync(shared, { recursive: true, force: true }));

  const port = await freePort();
  const env = {
    PORT: String(port),
    JOBS_URL: redis.url,
    SMTP_URL: smtp,
    DATABASE_URL: process.env.DATABASE_URL ?? 'file:/mnt/app.sqlite',
    JOBS_STOP_TIMEOUT: String(grace / 1_000),
    // Shorter than the import below, so that the worker hands the job back.
    JOBS_SHUTDOWN_TIMEOUT: '10s',
  };
  const web = await start(engine, 'web', [], env, shared, /listening on/);
  const asWorker = ['node', 'dist/main-worker.js'];
  const worker = await start(engine, 'worker', asWorker, env, shared, /processor default/);
  say(`web and worker are up, a database on ${env.DATABASE_URL.split(':')[0]}:, a private Redis`);

  const size = Number(web.exec(['du', '-sb', '/app']).stdout.split('\t')[0]);
  check(
    size < limit,
    `the image adds ${(size / 1e6).toFixed(1)} MB to its base (all of it is /app; less than ${limit / 1e6} MB)`,
  );
  for (const container of [web, worker]) {
    checkRights(container);
    await checkHealth(container, Healthcheck.Test.slice(1));
  }

  const email = `ada.${Date.now()}@example.test`;
  const headers = { 'content-type': 'application/json' };
  const address = `http://127.0.0.1:${port}`;
  await json(`${address}/signups`, { method: 'POST', headers, body: JSON.stringify({ name: 'Ada', email }) });
  const mail = await until('the mail arrives', () =>
    mails.mails.find(({ to }) => to?.[0]?.address === email),
  );
  check(true, `a sign-up over HTTP, and its mail by SMTP: "${mail.subject}" to ${email}`);

  const form = new FormData();
  form.append('file', new Blob([airports(200_000)]), 'airports.csv');
  const { id, total } = await json(`${address}/imports`, { method: 'POST', body: form });
  const progress = () => json(`${address}/imports/${id}`);
  await until('the import has begun', async () => (await progress()).loaded > 0);

  const atStop = (await progress()).loaded;
  const stopped = await worker.stop();
  check(
    stopped.code === 0,
    `the worker ended with 0, ${stopped.milliseconds} ms after SIGTERM at ${atStop} of ${total} rows (grace ${grace} ms)`,
  );
  check(
    !/A stop may take|"level":"error"/.test(worker.log()),
    'its stop fits into the time that it gets, and it logged no error',
  );
  const second = await start(engine, 'second worker', asWorker, env, shared, /processor default/);
  const before = (await progress()).loaded;
  await until('the import is done', async () => (await progress()).status === 'done', 300_000);
  check(
    (await progress()).loaded === total,
    `the next worker continued at row ${before}, and all ${total} rows are there`,
  );

  for (const container of [second, web]) {
    const { code, milliseconds } = await container.stop();
    check(
      code === 0 || code === 143,
      `the ${container.role} ended with ${code}, ${milliseconds} ms after SIGTERM`,
    );
  }
  say('The image passes.');
}

try {
  await main();
} catch (error) {
  console.error(error.message);
  process.exitCode = 1;
} finally {
  for (const cleanup of cleanups.reverse()) await cleanup();
}
