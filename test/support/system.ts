import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { onTestFinished } from 'vitest';
import { AppProcess } from '../../src/demo/app-process.js';
import { freePort } from '../../src/testing/redis/free-port.js';
import { MailCatcher } from '../../src/demo/mail-catcher.js';
import { until } from './until.js';

export interface Answer {
  readonly status: number;
  readonly body: Record<string, unknown>;
}

export interface ImportProgress {
  readonly id: string;
  readonly status: string;
  readonly total: number;
  readonly loaded: number;
  readonly rejected: number;
}

/** The built reference application: one process per role, with real mail. It ends with the test. */
export class System {
  private constructor(
    readonly mails: MailCatcher,
    private readonly port: number,
    private readonly env: NodeJS.ProcessEnv,
  ) {}

  static async create(env: NodeJS.ProcessEnv = {}): Promise<System> {
    const directory = await mkdtemp(join(tmpdir(), 'fledge-e2e-'));
    const mails = new MailCatcher();
    const smtp = await mails.start();
    onTestFinished(async () => {
      await mails.stop();
      await rm(directory, { recursive: true, force: true });
    });
    const port = await freePort();
    const database = `file:${join(directory, 'app.sqlite')}`;
    const inherited = { PATH: process.env.PATH, HOME: process.env.HOME };
    // Logs as on a terminal, with a line when a job starts.
    const log = { JOBS_LOG_FORMAT: 'text', JOBS_LOG_LEVEL: 'debug' };
    const own = { PORT: String(port), SMTP_URL: smtp, DATABASE_URL: database };
    return new System(mails, port, { ...inherited, ...log, ...own, ...env });
  }

  /** Starts a process that may fail to start. */
  spawn(role: 'web' | 'worker', env: NodeJS.ProcessEnv = {}): AppProcess {
    const app = new AppProcess(role, { ...this.env, ...env });
    onTestFinished(async () => void (await app.stop('SIGKILL')));
    return app;
  }

  async web(env: NodeJS.ProcessEnv = {}): Promise<AppProcess> {
    const web = this.spawn('web', env);
    await web.waitFor(/listening on/);
    return web;
  }

  async worker(env: NodeJS.ProcessEnv = {}): Promise<AppProcess> {
    const worker = this.spawn('worker', env);
    await worker.waitFor(/processor /);
    return worker;
  }

  async get(path: string): Promise<Answer> {
    return this.answer(await fetch(`http://127.0.0.1:${this.port}${path}`));
  }

  async signUp(name: unknown, email: unknown): Promise<Answer> {
    const body = JSON.stringify({ name, email });
    const headers = { 'content-type': 'application/json' };
    return this.answer(
      await fetch(`http://127.0.0.1:${this.port}/signups`, { method: 'POST', body, headers }),
    );
  }

  async upload(csv: string): Promise<Answer> {
    const form = new FormData();
    form.append('file', new Blob([csv]), 'airports.csv');
    return this.answer(await fetch(`http://127.0.0.1:${this.port}/imports`, { method: 'POST', body: form }));
  }

  async progress(id: unknown): Promise<ImportProgress> {
    return (await this.get(`/imports/${String(id)}`)).body as unknown as ImportProgress;
  }

  async imported(id: unknown): Promise<ImportProgress> {
    return until('the import is done', async () => {
      const progress = await this.progress(id);
      return progress.status === 'done' && progress;
    });
  }

  /** Returns how many mails this address got. */
  mailsFor(address: string): number {
    return this.mails.mails.filter(({ to }) => to?.some((recipient) => recipient.address === address)).length;
  }

  private async answer(response: Response): Promise<Answer> {
    return { status: response.status, body: (await response.json()) as Record<string, unknown> };
  }
}

/** Returns a CSV of this many generated airports, which takes long enough to be interrupted. */
export function airportsCsv(rows: number): string {
  const lines = Array.from({ length: rows }, (_, i) => {
    const code = i.toString(36).toUpperCase().padStart(4, '0');
    return `${code},Field ${i},Town ${i % 97},TX,USA,${(i % 180) - 90},${(i % 360) - 180}`;
  });
  return ['iata,name,city,state,country,latitude,longitude', ...lines].join('\n');
}
