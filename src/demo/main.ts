import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Email } from 'postal-mime';
import { airportsFile } from './airports-file.js';
import { AppProcess } from './app-process.js';
import { freePort } from '../testing/redis/free-port.js';
import { MailCatcher } from './mail-catcher.js';
import { accepts, findRedisServer, startPrivateRedis } from '../testing/redis/private-redis.js';
import { follow, tell } from './timeline.js';

const patience = 30_000;
const cleanups: (() => Promise<unknown>)[] = [];

interface ImportProgress {
  readonly id: string;
  readonly status: string;
  readonly total: number;
  readonly loaded: number;
}

async function chooseStore(): Promise<string | undefined> {
  if (process.env.JOBS_URL) {
    const { protocol, hostname, port } = new URL(process.env.JOBS_URL);
    const address = `${hostname}:${port || 6379}`;
    console.log(`Store: ${protocol}//${address} from JOBS_URL. Web and worker are two processes.`);
    if (!(await accepts(hostname, Number(port || 6379)))) {
      throw new Error(
        `nothing answers at ${address}. Start Redis there, or unset JOBS_URL for a private one`,
      );
    }
    return process.env.JOBS_URL;
  }
  const command = findRedisServer();
  if (!command) {
    console.log(
      'Store: memory. Web and worker are one process: JOBS_URL is not set and no redis-server is on the PATH.',
    );
    return undefined;
  }
  const redis = await startPrivateRedis(command);
  cleanups.push(() => redis.stop());
  console.log(
    `Store: a private ${command} on ${redis.url} (JOBS_URL is not set). Web and worker are two processes.`,
  );
  return redis.url;
}

async function start(role: 'web' | 'worker', env: NodeJS.ProcessEnv, ready: RegExp): Promise<AppProcess> {
  const app = new AppProcess(role, env);
  cleanups.push(() => app.stop());
  follow(app);
  await app.waitFor(ready, patience);
  return app;
}

async function post<T>(url: string, init: RequestInit): Promise<T> {
  const response = await fetch(url, { method: 'POST', ...init });
  const body = await response.text();
  if (!response.ok) throw new Error(`POST ${url} answered ${response.status}: ${body}`);
  return JSON.parse(body) as T;
}

interface Visitor {
  readonly name: string;
  readonly email: string;
  readonly locale: string;
}

async function signUp(web: string, visitor: Visitor): Promise<void> {
  tell('visitor', `POST /signups  ${visitor.email} (${visitor.locale})`);
  const body = JSON.stringify(visitor);
  await post(`${web}/signups`, { body, headers: { 'content-type': 'application/json' } });
}

async function upload(web: string): Promise<ImportProgress> {
  const csv = await readFile(airportsFile);
  tell('visitor', `POST /imports  airports.csv, ${Math.round(csv.length / 1024)} KiB`);
  const form = new FormData();
  form.append('file', new Blob([new Uint8Array(csv)]), 'airports.csv');
  return post(`${web}/imports`, { body: form });
}

const firstLine = ({ text = '' }: Email): string => text.trim().split('\n')[0]!;

async function mailFor(catcher: MailCatcher, address: string): Promise<Email> {
  const isIt = (mail: Email): boolean => mail.to?.some((to) => to.address === address) ?? false;
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => reject(new Error(`No mail for ${address} arrived within 30 s`)), patience);
    const check = (mail: Email): void => {
      if (!isIt(mail)) return;
      clearTimeout(timer);
      resolve(mail);
    };
    catcher.on('mail', check);
    catcher.mails.forEach(check);
  });
}

async function imported(web: string, id: string): Promise<ImportProgress> {
  const deadline = Date.now() + patience;
  for (;;) {
    const progress = (await (await fetch(`${web}/imports/${id}`)).json()) as ImportProgress;
    if (progress.status === 'done') return progress;
    if (Date.now() > deadline)
      throw new Error(`The import is not done after 30 s: ${JSON.stringify(progress)}`);
    await sleep(50);
  }
}

/** The web process only sends; in one process on the memory store there is nothing to check. */
function requireIdleWeb(web: AppProcess, worker: AppProcess | undefined): void {
  const ran = worker && web.lines.find((line) => / started on /.test(line));
  if (ran) throw new Error(`The web process ran a job: ${ran}`);
}

async function demo(once: boolean): Promise<void> {
  const jobsUrl = await chooseStore();
  const directory = await mkdtemp(join(tmpdir(), 'fledge-demo-'));
  cleanups.push(() => rm(directory, { recursive: true, force: true }));
  const catcher = new MailCatcher();
  const smtpUrl = await catcher.start();
  cleanups.push(() => catcher.stop());
  const port = await freePort(Number(process.env.PORT ?? 3000));
  const env = {
    ...process.env,
    PORT: String(port),
    SMTP_URL: smtpUrl,
    DATABASE_URL: process.env.DATABASE_URL || `file:${join(directory, 'app.sqlite')}`,
    JOBS_URL: jobsUrl,
    // The timeline is made of what a worker says on a terminal.
    JOBS_LOG_FORMAT: 'text',
    JOBS_LOG_LEVEL: 'debug',
  };
  const web = await start('web', env, /listening on/);
  const worker = jobsUrl ? await start('worker', env, /processor default/) : undefined;
  const address = `http://localhost:${port}`;
  const now = Date.now();
  const visitors: Visitor[] = [
    { name: 'Ada Lovelace', email: `ada.${now}@example.test`, locale: 'en' },
    { name: '山田太郎', email: `taro.${now}@example.test`, locale: 'ja' },
  ];
  catcher.on('mail', (mail) => {
    tell('mail catcher', `received "${mail.subject}" for ${mail.to?.[0]?.address}: ${firstLine(mail)}`);
  });
  for (const visitor of visitors) await signUp(address, visitor);
  const { id } = await upload(address);
  const [{ loaded, total }] = await Promise.all([
    imported(address, id),
    ...visitors.map(({ email }) => mailFor(catcher, email)),
  ]);
  if (loaded !== total || total < 1_000) throw new Error(`${loaded} of ${total} rows were loaded`);
  requireIdleWeb(web, worker);
  tell('database', `${loaded} of ${total} rows loaded`);
  if (once) return console.log('Verified: both mails arrived and every row was loaded.');
  console.log(`\nLook at ${address}/imports/${id} and ${address}/airports/JFK.`);
  console.log(`Send your own: curl -F file=@airports.csv ${address}/imports`);
  console.log('Ctrl-C ends it.');
  await new Promise((resolve) => process.once('SIGINT', resolve).once('SIGTERM', resolve));
}

async function cleanUp(): Promise<void> {
  for (const cleanup of cleanups.reverse()) await cleanup();
}

try {
  await demo(process.argv.includes('--once'));
} catch (error) {
  console.error(`The demo failed: ${(error as Error).message}`);
  process.exitCode = 1;
} finally {
  await cleanUp();
}
