import { Global, Injectable, Module } from '@nestjs/common';

/** What the check does with one neighbour: in a request, where it ends by enqueuing a job, and in that job. */
export interface Probe {
  readonly name: string;
  /** @param url where the web process listens */
  inRequest?(url: string): Promise<void>;
  inJob(): Promise<void>;
}

@Injectable()
export class Probes {
  private readonly all = new Map<string, Probe>();

  add(probe: Probe): void {
    this.all.set(probe.name, probe);
  }

  names(): string[] {
    return [...this.all.keys()];
  }

  get(name: string): Probe {
    const probe = this.all.get(name);
    if (!probe) throw new Error(`There is no probe ${name}`);
    return probe;
  }
}

@Global()
@Module({ providers: [Probes], exports: [Probes] })
export class ProbesModule {}

export function expectEqual(actual: unknown, expected: unknown, what: string): void {
  if (actual !== expected) throw new Error(`${what} is ${String(actual)}, not ${String(expected)}`);
}

/** Asks the web process as one of its users. */
export async function fetchText(url: string, init: RequestInit = {}): Promise<string> {
  const headers = new Headers(init.headers);
  if (!headers.has('authorization')) headers.set('authorization', 'Bearer visitor');
  headers.set('content-type', 'application/json');
  const response = await fetch(url, { ...init, headers });
  const text = await response.text();
  if (!response.ok) throw new Error(`${url} answered ${response.status}: ${text}`);
  return text;
}
