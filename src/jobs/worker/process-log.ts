import { Logger } from '@nestjs/common';
import { printableLines } from '../values/printable.js';
import { logSettings, type SettingSources } from './settings/settings.js';
import type { ContextOptions } from './worker-application.js';
import type { LogFormat } from './settings/setting-values.js';
import { WorkerLogger } from './worker-logger.js';

/** The log of a worker process, also before there is an application. */
export class ProcessLog {
  private readonly logger = new Logger('Jobs');
  private made?: WorkerLogger;

  /** @param given the logger that the application passed to `runWorker` */
  constructor(private readonly given: ContextOptions['logger']) {}

  /** The worker's default logger, unless the application has its own: passed to `runWorker`, or set with `useLogger`. */
  get own(): WorkerLogger | undefined {
    return this.made && this.logger.localInstance === this.made ? this.made : undefined;
  }

  /** The format of lines that cannot go through the application's logger. */
  get format(): LogFormat {
    return this.made?.format ?? 'text';
  }

  /** Writes plain text until the settings have been read. */
  start(): void {
    // With `bufferLogs`, the lines of a boot that fails or is stopped would be lost.
    process.once('exit', () => Logger.flush());
    if (this.given === undefined) this.use(new WorkerLogger('log', 'text'));
    else Logger.overrideLogger(this.given);
  }

  configure(sources: SettingSources, isCheck: boolean): void {
    if (this.given !== undefined) return;
    const { level, format } = logSettings(sources);
    // People read the report of --check, so other lines should not interrupt it.
    this.use(new WorkerLogger(level ?? (isCheck ? 'warn' : 'log'), format ?? (isCheck ? 'text' : undefined)));
  }

  log(text: string): void {
    this.logger.log(text);
  }

  warn(text: string): void {
    this.logger.warn(text);
  }

  error(text: string): void {
    this.logger.error(this.printable(text));
  }

  fatal(text: string): void {
    this.logger.fatal?.(this.printable(text));
  }

  /** For the answers to `--help` and `--check`. */
  print(text: string): void {
    console.log(text);
  }

  /** Lines from before the application exists go to the same logger as the application's. */
  private use(logger: WorkerLogger): void {
    this.made = logger;
    Logger.overrideLogger(logger);
  }

  /** The worker's default logger makes text printable. An application's logger may write it unchanged. */
  private printable(text: string): string {
    return this.own ? text : printableLines(text);
  }
}
