import { Inject, Injectable, Scope, type Provider } from '@nestjs/common';
import { REQUEST } from '@nestjs/core';
import { Job, type JobContext, type JobsOptions } from 'nestjs-fledge';
import { jobsApp, type JobsApp } from '../support/jobs-app.js';
import { until } from '../support/until.js';

/** What the jobs of one application did. */
export class Journal {
  /** In order. */
  readonly ran: string[] = [];
  readonly contexts: JobContext[] = [];
  readonly abortReasons: unknown[] = [];
  readonly instances = new Set<object>();
  /** Calls of middleware, in order. */
  readonly order: string[] = [];
  /** Ends the SlowJob that started last. */
  release: () => void = () => undefined;
}

@Job()
export class NoteJob {
  constructor(private readonly journal: Journal) {}
  async perform({ note }: { note: string }, context: JobContext): Promise<string> {
    this.journal.ran.push(note);
    this.journal.contexts.push(context);
    return note;
  }
}

@Job({ queue: 'mailers' })
export class OtherQueueJob {
  constructor(private readonly journal: Journal) {}
  async perform(): Promise<void> {
    this.journal.ran.push('other');
  }
}

@Job({ attempts: 3, backoff: 20 })
export class FlakyJob {
  constructor(private readonly journal: Journal) {}
  async perform({ until: succeedsAt }: { until: number }, { attempt, attempts }: JobContext): Promise<void> {
    this.journal.ran.push(`attempt ${attempt} of ${attempts}`);
    if (attempt < succeedsAt) throw new Error(`not yet: ${attempt}`);
  }
}

@Job()
export class SlowJob {
  constructor(private readonly journal: Journal) {}
  async perform({ obeys }: { obeys: boolean }, { signal }: JobContext): Promise<void> {
    const { journal } = this;
    journal.ran.push('slow started');
    await new Promise<void>((resolve, reject) => {
      journal.release = resolve;
      signal.addEventListener('abort', () => {
        journal.abortReasons.push(signal.reason);
        if (obeys) reject(signal.reason as Error);
      });
    });
    journal.ran.push('slow ended');
  }
}

@Job()
export class FollowUpJob {
  constructor(
    private readonly note: NoteJob,
    private readonly journal: Journal,
  ) {}
  async perform(): Promise<void> {
    this.journal.ran.push(`has ${this.note.constructor.name}`);
  }
}

@Injectable()
export class Counter {
  private static made = 0;
  readonly number = ++Counter.made;
}

@Job()
@Injectable({ scope: Scope.REQUEST })
export class RequestScopedJob {
  constructor(
    @Inject(REQUEST) private readonly request: JobContext,
    readonly counter: Counter,
    private readonly journal: Journal,
  ) {}
  async perform(): Promise<void> {
    this.journal.instances.add(this);
    this.journal.ran.push(`scoped ${this.request.name}`);
  }
}

@Job({ name: 'factory', aliases: ['old-name'] })
export class FactoryJob {
  constructor(
    private readonly greeting: string,
    private readonly journal: Journal,
  ) {}
  async perform(): Promise<void> {
    this.journal.ran.push(this.greeting);
  }
}

@Job()
export class ValueJob {
  constructor(private readonly journal: Journal) {}
  async perform(): Promise<void> {
    this.journal.ran.push('value');
  }
}

export interface StoreApp extends JobsApp {
  readonly journal: Journal;
  /** Waits until jobs with these notes have run. */
  readonly performed: (...notes: string[]) => Promise<unknown>;
}

const factoryToken = Symbol('a job behind another token');

/** Applications with these jobs, each with its own journal. */
export function storeFixture(url: () => string): {
  open: (options?: JobsOptions, more?: readonly Provider[]) => Promise<StoreApp>;
  /** Also starts the worker. */
  start: (options?: JobsOptions, more?: readonly Provider[]) => Promise<StoreApp>;
} {
  const open = async (options: JobsOptions = {}, more: readonly Provider[] = []): Promise<StoreApp> => {
    const journal = new Journal();
    const { ran } = journal;
    const app = await jobsApp({ url: url(), ...options }, [
      { provide: Journal, useValue: journal },
      Counter,
      NoteJob,
      OtherQueueJob,
      FlakyJob,
      SlowJob,
      FollowUpJob,
      RequestScopedJob,
      { provide: factoryToken, useFactory: async () => new FactoryJob('from a factory', journal) },
      { provide: ValueJob, useValue: new ValueJob(journal) },
      ...more,
    ]);
    const performed = (...notes: string[]): Promise<unknown> =>
      until(`${notes.join(', ')} ran, not only ${ran.join(', ')}`, () =>
        notes.every((note) => ran.includes(note)),
      );
    return { ...app, journal, performed };
  };
  const start = async (options?: JobsOptions, more?: readonly Provider[]): Promise<StoreApp> => {
    const app = await open(options, more);
    await app.worker.start();
    return app;
  };
  return { open, start };
}
