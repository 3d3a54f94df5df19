import type { Type } from '@nestjs/common';
import type { Performable } from './job.js';

/** Why this process cannot run a job, as the rest of a sentence, and how to fix it. */
export interface MissingSubject {
  readonly why: string;
  readonly advice: string;
}

/**
 * The subjects of a job class whose jobs each belong to one of several classes. A job that delivers a mail belongs to an action of a
 * mailer. Messages and workers then name the subject instead of the job class. The caller's payload is the field `payload` of the
 * job's payload.
 */
export interface JobSubjects {
  /** Returns the name of a job's subject, such as `UserMailer.welcome`, or undefined if its payload has none. */
  nameOf(payload: unknown): string | undefined;
  /** Returns why this process cannot run jobs of this subject, or undefined if it can. */
  missing(subject: string): MissingSubject | undefined;
  /** Returns the error for two classes with the same subjects. The application does not know these classes. */
  twice(): Error;
  /** Returns the names of all subjects that this process can run. */
  names(): readonly string[];
  /** Returns the stored names of the classes, each with all parts that a caller may name, such as the actions of a mailer. */
  parts(): ReadonlyMap<string, readonly string[]>;
}

const subjectsKey = Symbol.for('nestjs-fledge:job-subjects');

export function defineSubjects(jobClass: Type<Performable>, subjects: JobSubjects): void {
  Reflect.defineMetadata(subjectsKey, subjects, jobClass);
}

export function subjectsOf(jobClass: Type<Performable>): JobSubjects | undefined {
  return Reflect.getOwnMetadata(subjectsKey, jobClass) as JobSubjects | undefined;
}

/** Returns whether a name selects jobs of a subject: the whole subject, or its first part. `UserMailer` selects all mails of a mailer. */
export function selectsSubject(name: string, subject: string | undefined): boolean {
  return subject !== undefined && (subject === name || subject.startsWith(`${name}.`));
}

/** Returns the name under which messages show a job: its subject if it has one, otherwise its class. */
export function titleOf({
  name,
  subject,
}: {
  readonly name: string;
  readonly subject?: string | undefined;
}): string {
  return subject ?? name;
}
