import { Logger, type LoggerService } from '@nestjs/common';
import { AsyncLocalStorage } from 'node:async_hooks';
import type { Attempt } from '../store/attempt.js';
import type { JobRequest } from '../job/job.js';
import { quieten, type JobLogLevel } from '../values/log-level.js';
import { Notebook, type JobNotes, type JsonValue } from '../job/notes.js';
import { tickOf } from '../job/schedule/tick.js';
import type { OutputLimits } from './output-limits.js';
import { printable } from '../values/printable.js';

/** The context of one attempt. Logger, signal and notebook are created on first use. */
export class AttemptContext implements JobRequest {
  private ownLogger?: LoggerService;
  private ownNotebook?: Notebook;
  private scope?: <Result>(call: () => Result) => Result;

  constructor(
    readonly of: Attempt,
    private readonly limits: OutputLimits,
    readonly payload: unknown,
    readonly meta: Readonly<Record<string, string>>,
    /** Infinity for a job with `retryFor`. */
    readonly attempts: number,
    private readonly logLevel?: JobLogLevel,
    private readonly earlierNotes: JobNotes = {},
  ) {}

  /** Remembers the async context that is current now. The latest call counts, so the innermost middleware's context wins. */
  keepScope(): void {
    this.scope = AsyncLocalStorage.snapshot();
  }

  /** Calls the function in the async context of the job's code, so that it finds what middleware keeps there. */
  inScope<Result>(call: () => Result): Result {
    return this.scope ? this.scope(call) : call();
  }

  get notes(): JobNotes {
    return this.notebook.notes;
  }

  get id(): string {
    return this.of.job.id;
  }

  get name(): string {
    return this.of.job.name;
  }

  get queue(): string {
    return this.of.job.queue;
  }

  get tick(): Date | undefined {
    const tick = tickOf(this.id);
    return tick && new Date(tick.at);
  }

  get attempt(): number {
    return this.of.job.attempt;
  }

  get signal(): AbortSignal {
    return this.of.signal;
  }

  get logger(): LoggerService {
    return (this.ownLogger ??= quieten(new Logger(printable(`${this.of.title} ${this.id}`)), this.logLevel));
  }

  // Bound, because `perform` may destructure its context: ({ log, progress }) => …
  readonly log = async (line: string): Promise<void> => {
    await this.of.port.log(this.limits.logLine(this.of, line));
  };

  readonly note = async (key: string, value: JsonValue | undefined): Promise<void> => {
    this.notebook.write(key, value);
    await this.of.port.keepNotes({ ...this.notes }, this.of);
  };

  readonly progress = async (value: number | object): Promise<void> => {
    if (this.limits.acceptsProgress(this.of, value)) await this.of.port.progress(value);
  };

  private get notebook(): Notebook {
    return (this.ownNotebook ??= new Notebook(this.earlierNotes, this.name));
  }
}
