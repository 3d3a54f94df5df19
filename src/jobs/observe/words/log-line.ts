import type { JobFact } from '../../events/job-events.js';
import type { JobLogLevel } from '../../values/log-level.js';

/** A line of the log: text for people, and fields for searches. Only a log that writes the fields calls for them. */
export interface LogLine {
  readonly level: JobLogLevel;
  readonly text: string;
  readonly fields?: () => Fields;
  readonly stack?: string | undefined;
}

type Fields = Readonly<Record<string, unknown>>;

/** A function for each event of a family that returns its log line. `satisfies Words<…>` fails to compile if one is missing. */
export type Words<Event extends { readonly type: string }> = {
  readonly [Type in Event['type']]: (event: Event & { readonly type: Type }) => LogLine;
};

export function log(text: string, fields?: () => Fields): LogLine {
  return line('log', text, fields);
}

export function warn(text: string, fields?: () => Fields): LogLine {
  return line('warn', text, fields);
}

export function error(text: string, fields?: () => Fields): LogLine {
  return line('error', text, fields);
}

function line(level: JobLogLevel, text: string, fields: (() => Fields) | undefined): LogLine {
  return fields ? { level, text, fields } : { level, text };
}

export function factsOf({ id, name, queue, subject }: JobFact): Record<string, unknown> {
  return { id, class: name, queue, ...(subject !== undefined && { subject }) };
}
