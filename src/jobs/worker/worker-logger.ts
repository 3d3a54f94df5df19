import { ConsoleLogger, type LogLevel } from '@nestjs/common';
import type { LogLine } from '../event-words.js';
import type { LogSink } from '../event-log.js';
import type { JobLogLevel } from '../job-log-level.js';
import type { LogFormat } from './settings/setting-values.js';

const levels: readonly LogLevel[] = ['verbose', 'debug', 'log', 'warn', 'error', 'fatal'];

/**
 * The logger of a worker process that was not given one: Nest's own, as text on a terminal and as a JSON object a line
 * elsewhere, where what is known of a job stands in fields of its own.
 */
export class WorkerLogger extends ConsoleLogger implements LogSink {
  constructor(
    least: LogLevel,
    readonly format: LogFormat = process.stdout.isTTY ? 'text' : 'json',
  ) {
    const json = format === 'json';
    const colors = Boolean(process.stdout.isTTY) && process.env.NO_COLOR === undefined;
    super({ json, colors, compact: true, logLevels: levels.slice(levels.indexOf(least)) });
  }

  /** Nest says why an application cannot be created, stack and all; the worker says so itself, in a line. */
  override error(message: unknown, ...rest: unknown[]): void {
    if (rest.at(-1) !== 'ExceptionHandler') super.error(message, ...rest);
  }

  isEnabled(level: JobLogLevel): boolean {
    return this.isLevelEnabled(level);
  }

  write({ level, text, fields, stack }: LogLine): void {
    if (!this.isLevelEnabled(level)) return;
    if (this.format === 'json') this.writeJson(level, text, { ...fields, ...(stack ? { stack } : {}) });
    else if (level === 'error') this.error(text, stack, 'Jobs');
    else this[level](text, 'Jobs');
  }

  /** As Nest's logger writes it, and the fields beside the message. */
  private writeJson(level: LogLevel, message: string, fields: Readonly<Record<string, unknown>>): void {
    const line = { level, pid: process.pid, timestamp: Date.now(), message, context: 'Jobs', ...fields };
    const stream = level === 'error' ? process.stderr : process.stdout;
    stream.write(`${JSON.stringify(line)}\n`);
  }
}
