import { Injectable, Logger, type LoggerService } from '@nestjs/common';
import { wordsOf } from './words/words-of.js';
import type { LogLine } from './words/log-line.js';
import { JobEvents, type JobEvent } from '../events/events.js';
import { isWanted, type JobLogLevel } from '../values/log-level.js';
import { JobRegistry } from '../discovery/registry.js';
import { printableBelow, printableLines } from '../values/printable.js';

/** The destination of log lines. */
export interface LogSink {
  isEnabled(level: JobLogLevel): boolean;
  write(line: LogLine): void;
}

/** Writes events to a log: to Nest's logger, or to the worker's for as long as that is Nest's logger. */
@Injectable()
export class EventLog {
  private readonly nest = new NestSink();
  private own?: LogSink & LoggerService;

  constructor(
    events: JobEvents,
    private readonly registry: JobRegistry,
  ) {
    events.subscribe((event) => this.write(event));
  }

  /** Writes further events to the worker's own log with all their fields, until the application sets another logger. */
  writeTo(own: LogSink & LoggerService): void {
    this.own = own;
  }

  private get sink(): LogSink {
    return this.own && this.nest.logger.localInstance === this.own ? this.own : this.nest;
  }

  private write(event: JobEvent): void {
    // Lines that every job produces are not even formatted if the log would drop them.
    const routine = routineLevel(event);
    if (routine !== undefined && !this.sink.isEnabled(routine)) return;
    const line = wordsOf(event);
    if (this.isWanted(event, line.level)) this.sink.write(line);
  }

  private isWanted(event: JobEvent, level: JobLogLevel): boolean {
    if (!('name' in event) || !('id' in event || event.type === 'bulk-enqueued')) return true;
    return isWanted(level, this.registry.find(event.name)?.logLevel);
  }
}

function routineLevel(event: JobEvent): JobLogLevel | undefined {
  if (event.type === 'started') return 'debug';
  if (event.type === 'enqueued' || event.type === 'bulk-enqueued' || event.type === 'mail-delivered')
    return 'log';
  return event.type === 'finished' && event.outcome.kind === 'completed' ? 'log' : undefined;
}

/**
 * Writes only the text, to the logger that the application uses with Nest. Names and errors may come from a store or a server,
 * and Nest's logger writes text unchanged, so this class makes them printable.
 */
class NestSink implements LogSink {
  readonly logger = new Logger('Jobs');

  /**
   * Nest 11 reports every level as disabled until the application sets levels. The logger then decides by itself. With
   * `logger: false` there is no logger.
   */
  isEnabled(level: JobLogLevel): boolean {
    const target: LoggerService | undefined = this.logger.localInstance;
    if (!target) return false;
    return Logger.isLevelEnabled(level) || !Logger.isLevelEnabled('fatal');
  }

  write({ level, text, stack }: LogLine): void {
    if (level === 'error') this.logger.error(printableLines(text), stack && printableBelow(stack));
    else this.logger[level](printableLines(text));
  }
}
