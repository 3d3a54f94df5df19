import { Logger } from '@nestjs/common';
import { printableLines } from '../values/printable.js';
import { logSettings, type SettingSources } from './settings/settings.js';
import type { ContextOptions } from './worker-application.js';
import { WorkerLogger } from './worker-logger.js';

/** The log of a worker process, also before there is an application. */
export class ProcessLog {
  private readonly logger = new Logger('Jobs');
  /** The worker's default logger, unless the application passed its own to `runWorker`. */
  own?: WorkerLogger;

  /** @param given the logger that the application passed to `runWorker` */
  constructor(private readonly given: ContextOptions['logger']) {}

  /** Writes plain text until the settings have been read. */
  start(): void {
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
    this.own = logger;
    Logger.overrideLogger(logger);
  }

  /** The worker's default logger makes text printable. An application's logger may write it unchanged. */
  private printable(text: string): string {
    return this.own ? text : printableLines(text);
  }
}
