import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Email } from 'postal-mime';
import { AppProcess } from './app-process.js';
import { freePort } from '../testing/redis/free-port.js';
import { MailCatcher } from './mail-catcher.js';
import { chooseStore } from './store.js';
import { follow, print } from './timeline.js';
import { Visitor, type ImportProgress, type Person } from './visitor.js';

/** How long the demo waits for each step, in milliseconds. */
const patience = 30_000;
const cleanups: (() => Promise<unknown>)[] = [];

/** The running processes. */
interface Stage {
  readonly address: string;
  readonly catcher: MailCatcher;
  readonly web: AppProcess;
  /** Undefined on the memory store, where the web process also works. */
  readonly worker: AppProcess | undefined;
}

async function openStage(): Promise<Stage> {
  const store = await chooseStore();
  cleanups.push(() => store.stop());
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
    JOBS_URL: store.url,
    // The timeline reads the text format of the log.
    JOBS_LOG_FORMAT: 'text',
    JOBS_LOG_LEVEL: 'debug',
  };
  const web = await start('web', env, /listening on/);
  const worker = store.url ? await start('worker', env, /processor default/) : undefined;
  return { address: `http://localhost:${port}`, catcher, web, worker };
}

async function start(role: 'web' | 'worker', env: NodeJS.ProcessEnv, ready: RegExp): Promise<AppProcess> {
  const app = new AppProcess(role, env);
  cleanups.push(() => app.stop());
  follow(app);
  await app.waitFor(ready, patience);
  return app;
}

const firstLine = ({ text = '' }: Email): string => text.trim().split('\n', 1).join();

/** Two visitors sign up and one uploads a file. Waits until both mails have arrived and the file is imported. */
async function visit({ address, catcher }: Stage): Promise<ImportProgress> {
  const now = Date.now();
  const people: Person[] = [
    { name: 'Ada Lovelace', email: `ada.${now}@example.test`, locale: 'en' },
    { name: '山田太郎', email: `taro.${now}@example.test`, locale: 'ja' },
  ];
  catcher.on('mail', (mail) => {
    print('mail catcher', `received "${mail.subject}" for ${mail.to?.[0]?.address}: ${firstLine(mail)}`);
  });
  const visitor = new Visitor(address);
  for (const person of people) await visitor.signUp(person);
  const { id } = await visitor.upload();
  const [progress] = await Promise.all([
    visitor.imported(id, patience),
    ...people.map(({ email }) => catcher.mailTo(email, patience)),
  ]);
  return progress;
}

/** Checks that the web process only enqueued. On the memory store it also works, so there is nothing to check. */
function requireIdleWeb({ web, worker }: Stage): void {
  const ran = worker && web.lines.find((line) => / started on /.test(line));
  if (ran) throw new Error(`the web process ran a job: ${ran}`);
}

async function demo(once: boolean): Promise<void> {
  const stage = await openStage();
  const { id, loaded, total } = await visit(stage);
  if (loaded !== total || total < 1_000) throw new Error(`only ${loaded} of ${total} rows were loaded`);
  requireIdleWeb(stage);
  print('database', `${loaded} of ${total} rows loaded`);
  if (once) return console.log('Verified: both mails arrived and every row was loaded.');
  console.log(`\nOpen ${stage.address}/mails for the previews of its mails.`);
  console.log(`The import: ${stage.address}/imports/${id} and ${stage.address}/airports/JFK.`);
  console.log(`To upload a file: curl -F file=@airports.csv ${stage.address}/imports`);
  console.log('Press Ctrl-C to stop.');
  await new Promise((resolve) => process.once('SIGINT', resolve).once('SIGTERM', resolve));
}

async function cleanUp(): Promise<void> {
  for (const cleanup of cleanups.reverse()) await cleanup();
}

try {
  await demo(process.argv.includes('--once'));
} catch (error) {
  console.error(`The demo failed: ${error instanceof Error ? error.message : String(error)}`);
  process.exitCode = 1;
} finally {
  await cleanUp();
}
