import type { JobLogLevel } from '../../values/log-level.js';

/** A line of the log: text for people, and fields for searches. */
export interface LogLine {
  readonly level: JobLogLevel;
  readonly text: string;
  readonly fields?: Fields;
  readonly stack?: string | undefined;
}

type Fields = Readonly<Record<string, unknown>>;

/** A function for each event of a family that returns its log line. `satisfies Words<…>` fails to compile if one is missing. */
export type Words<Event extends { readonly type: string }> = {
  readonly [Type in Event['type']]: (event: Event & { readonly type: Type }) => LogLine;
};

export function log(text: string, fields?: Fields): LogLine {
  return line('log', text, fields);
}

export function warn(text: string, fields?: Fields): LogLine {
  return line('warn', text, fields);
}

export function error(text: string, fields?: Fields): LogLine {
  return line('error', text, fields);
}

function line(level: JobLogLevel, text: string, fields: Fields | undefined): LogLine {
  return fields ? { level, text, fields } : { level, text };
}

export function factsOf(job: { id: string; name: string; queue: string }): Record<string, unknown> {
  return { id: job.id, class: job.name, queue: job.queue };
}
