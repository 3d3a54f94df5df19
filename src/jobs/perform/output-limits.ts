import { inspect } from 'node:util';
import { Inject, Injectable } from '@nestjs/common';
import { JOBS_OPTIONS, type ResolvedJobsOptions } from '../config/resolved-options.js';
import { JobEvents } from '../events/events.js';
import type { Attempt } from '../store/attempt.js';
import { ReminderTimes } from '../values/reminder-times.js';

/** Stands for JSON that is longer than a string can be. */
const tooLong = Symbol('too long');

type Kind = 'result' | 'progress' | 'log line';

const did: Readonly<Record<Kind, string>> = {
  result: 'returned a result',
  progress: 'reported progress',
  'log line': 'wrote a log line',
};

/** Bounds what jobs write into the store: results, progress and log lines. A job never fails because of it. */
@Injectable()
export class OutputLimits {
  /** What each attempt lost, each kind once: an attempt may write thousands of lines. */
  private readonly lost = new WeakMap<Attempt, Set<Kind>>();
  /** Where nothing is lost, one warning a minute is enough for all jobs of a class. */
  private readonly large = new ReminderTimes<string>();
  private readonly limit: ResolvedJobsOptions['resultLimit'];

  constructor(
    @Inject(JOBS_OPTIONS) options: ResolvedJobsOptions,
    private readonly events: JobEvents,
  ) {
    this.limit = options.resultLimit;
  }

  /** Returns a result as JSON. Returns undefined if the store keeps nothing, because it is too large or not JSON. */
  result(attempt: Attempt, value: unknown): string | undefined {
    if (value === undefined || attempt.job.inline) return undefined;
    const text = jsonOf(value);
    if (text === tooLong) return this.drop(attempt, 'result', Infinity);
    return text !== undefined && this.accepts(attempt, 'result', Buffer.byteLength(text)) ? text : undefined;
  }

  /** Returns whether the store keeps this progress. Values that are not JSON are left to the store. */
  acceptsProgress(attempt: Attempt, value: number | object): boolean {
    if (typeof value === 'number') return true;
    const text = jsonOf(value);
    return (
      text === undefined ||
      this.accepts(attempt, 'progress', text === tooLong ? Infinity : Buffer.byteLength(text))
    );
  }

  /** Returns the line, or its beginning. JavaScript may log a value that is not a string, such as an error. */
  logLine(attempt: Attempt, written: unknown): string {
    const line = typeof written === 'string' ? written : inspect(written);
    const size = Buffer.byteLength(line);
    if (this.accepts(attempt, 'log line', size)) return line;
    const kept = Buffer.from(line)
      .subarray(0, this.limit.keep)
      .toString()
      .replace(/\uFFFD$/, '');
    return `${kept} … (cut, ${size} bytes)`;
  }

  private accepts(attempt: Attempt, kind: Kind, size: number): boolean {
    if (size > this.limit.keep) {
      this.drop(attempt, kind, size);
      return false;
    }
    if (size > this.limit.warn) this.warnAboutSize(attempt, kind, size);
    return true;
  }

  private drop(attempt: Attempt, kind: Kind, size: number): undefined {
    if (this.isKnown(attempt, kind)) return;
    const kept = kind === 'log line' ? 'Only its beginning is kept' : `The ${kind} is not kept`;
    const instead = kind === 'result' ? 'return its id' : 'write its id';
    this.events.emit({
      type: 'warning',
      code: 'FLEDGE_RESULT_TOO_LARGE',
      message: `${subjectOf(attempt, kind)} of ${bytes(size)}. ${kept}, because the limit is ${this.limit.keep} bytes. Store the data elsewhere and ${instead}, or raise resultLimit.keep.`,
    });
  }

  private warnAboutSize(attempt: Attempt, kind: Kind, size: number): void {
    if (!this.large.isDue(`${attempt.job.name} ${kind}`)) return;
    this.events.emit({
      type: 'warning',
      code: 'FLEDGE_RESULT_LARGE',
      message: `${subjectOf(attempt, kind)} of ${bytes(size)}, which is kept in the store’s memory. Store the data elsewhere and ${kind === 'result' ? 'return' : 'write'} its id.`,
    });
  }

  private isKnown(attempt: Attempt, kind: Kind): boolean {
    const kinds = this.lost.get(attempt) ?? new Set();
    this.lost.set(attempt, kinds);
    const isKnown = kinds.has(kind);
    kinds.add(kind);
    return isKnown;
  }
}

function subjectOf({ job: { id }, title }: Attempt, kind: Kind): string {
  return `${title} ${id} ${did[kind]}`;
}

function bytes(size: number): string {
  return size === Infinity ? 'more bytes than a string can have' : `${size} bytes`;
}

/** Returns undefined for a value that is not JSON, such as a circular object. */
function jsonOf(value: unknown): string | typeof tooLong | undefined {
  try {
    return JSON.stringify(value);
  } catch (thrown) {
    // A string has at most half a gigabyte. An object that refers to itself is a TypeError.
    return thrown instanceof RangeError && thrown.message.includes('string length') ? tooLong : undefined;
  }
}
