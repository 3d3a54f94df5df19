import { readFile } from 'node:fs/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import { airportsFile } from './airports-file.js';
import { print } from './timeline.js';

export interface Person {
  readonly name: string;
  readonly email: string;
  readonly locale: string;
}

export interface ImportProgress {
  readonly id: string;
  readonly status: string;
  readonly total: number;
  readonly loaded: number;
}

/** Uses the web process over HTTP. */
export class Visitor {
  /** @param web the address of the web process */
  constructor(private readonly web: string) {}

  async signUp(person: Person): Promise<void> {
    print('visitor', `POST /signups  ${person.email} (${person.locale})`);
    const body = JSON.stringify(person);
    await this.post('/signups', { body, headers: { 'content-type': 'application/json' } });
  }

  async upload(): Promise<ImportProgress> {
    const csv = await readFile(airportsFile);
    print('visitor', `POST /imports  airports.csv, ${Math.round(csv.length / 1024)} KiB`);
    const form = new FormData();
    form.append('file', new Blob([new Uint8Array(csv)]), 'airports.csv');
    return JSON.parse(await this.post('/imports', { body: form }));
  }

  /** Waits until an import is done. */
  async imported(id: string, timeout: number): Promise<ImportProgress> {
    const deadline = Date.now() + timeout;
    for (;;) {
      const response = await fetch(`${this.web}/imports/${id}`);
      const progress: ImportProgress = JSON.parse(await response.text());
      if (progress.status === 'done') return progress;
      if (Date.now() > deadline)
        throw new Error(`the import is not done after ${timeout / 1_000} s: ${JSON.stringify(progress)}`);
      await sleep(50);
    }
  }

  private async post(path: string, init: RequestInit): Promise<string> {
    const response = await fetch(`${this.web}${path}`, { method: 'POST', ...init });
    const body = await response.text();
    if (!response.ok) throw new Error(`POST ${path} answered ${response.status}: ${body}`);
    return body;
  }
}
