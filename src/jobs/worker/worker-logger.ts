import { ConsoleLogger, type LogLevel } from '@nestjs/common';
import type { LogLine } from '../observe/words/log-line.js';
import type { LogSink } from '../observe/event-log.js';
import type { JobLogLevel } from '../values/log-level.js';
import { escapeJson, printable, printableBelow, printableJson, printableLines } from '../values/printable.js';
import type { LogFormat } from './settings/setting-values.js';

const levels: readonly LogLevel[] = ['verbose', 'debug', 'log', 'warn', 'error', 'fatal'];

/** Formats a message that is not a string as Nest does, without the terminal's colour codes. */
class Plain extends ConsoleLogger {
  constructor() {
    super({ colors: false, compact: true });
  }

  words(message: unknown, level: LogLevel): string {
    return this.stringifyMessage(message, level);
  }

  wordsOfParams(params: Record<string, unknown>): string {
    return this.stringifyParams(params);
  }
}

/** `fledge dev` sets the variable on a terminal, because its worker writes to a pipe. */
function isOnTerminal(): boolean {
  return Boolean(process.stdout.isTTY) || process.env.JOBS_DEV_TERMINAL === '1';
}

type JsonOptions = Parameters<ConsoleLogger['printAsJson']>[1];

/**
 * The default logger of a worker process. It is Nest's logger: text on a terminal, and one JSON object per line elsewhere,
 * with the details of a job in separate fields. It makes all text printable, also the application's. So a logged text cannot
 * control a terminal, and in the text log only the first line of an entry begins without a space.
 */
export class WorkerLogger extends ConsoleLogger implements LogSink {
  private readonly plain = new Plain();

  constructor(
    least: LogLevel,
    readonly format: LogFormat = isOnTerminal() ? 'text' : 'json',
  ) {
    const json = format === 'json';
    const colors = !json && isOnTerminal() && process.env.NO_COLOR === undefined;
    super({ json, colors, compact: true, logLevels: levels.slice(levels.indexOf(least)) });
  }

  /** Drops Nest's report of a failed boot with its stack, because the worker logs the same error in one line. */
  override error(message: unknown, ...rest: unknown[]): void {
    if (rest.at(-1) !== 'ExceptionHandler') super.error(message, ...rest);
  }

  isEnabled(level: JobLogLevel): boolean {
    return this.isLevelEnabled(level);
  }

  write({ level, text, fields, stack }: LogLine): void {
    if (!this.isLevelEnabled(level)) return;
    if (this.format === 'json') this.writeJson(level, text, { ...fields?.(), ...(stack ? { stack } : {}) });
    else if (level === 'error') this.error(text, stack, 'Jobs');
    else this[level](text, 'Jobs');
  }

  // The parts of a line of text. They are made printable first and coloured by Nest afterwards.

  protected override stringifyMessage(message: unknown, level: LogLevel): string {
    return this.colorize(printableLines(this.plain.words(message, level)), level);
  }

  protected override formatContext(context: string): string {
    return super.formatContext(printable(context));
  }

  /** Only Nest 12 calls this. Nest 11 formats params as messages. */
  protected override stringifyParams(params: Record<string, unknown>): string {
    return printableLines(this.plain.wordsOfParams(params));
  }

  protected override printStackTrace(stack: string): void {
    if (stack && this.format === 'text') super.printStackTrace(printableBelow(stack));
  }

  protected override printAsJson(message: unknown, options: JsonOptions): void {
    const stream = process[options.writeStreamType ?? 'stdout'];
    stream.write(`${escapeJson(this.jsonOf(message, options))}\n`);
  }

  private jsonOf(message: unknown, options: JsonOptions): string {
    if (Reflect.has(this, 'stringifyJsonLogObject'))
      return this.stringifyJsonLogObject(this.getJsonLogObject(message, options));
    // In Nest 11 only the method that writes can build the object.
    const { logLevel: level, context, errorStack: stack } = options;
    const line = { level, pid: process.pid, timestamp: Date.now(), message };
    const known = { ...line, ...(context ? { context } : {}), ...(stack ? { stack } : {}) };
    return JSON.stringify(known, (key, value: unknown) => this.stringifyReplacer(key, value));
  }

  /** Writes the line as Nest's logger does, with the fields next to the message. */
  private writeJson(level: LogLevel, message: string, fields: Readonly<Record<string, unknown>>): void {
    const line = { level, pid: process.pid, timestamp: Date.now(), message, context: 'Jobs', ...fields };
    const stream = level === 'error' ? process.stderr : process.stdout;
    stream.write(`${printableJson(line)}\n`);
  }
}
