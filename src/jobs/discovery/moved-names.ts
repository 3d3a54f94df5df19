import { createHash } from 'node:crypto';
import type { Type } from '@nestjs/common';
import { jobOptionsOf } from '../job/job.js';
import type { Finding } from '../values/finding.js';
import type { JobDefinition } from './registry.js';

/** The code of each job class as a short text, by the name that its jobs are stored under. */
export function codesOf(definitions: readonly JobDefinition[]): Map<string, string> {
  return new Map(definitions.map(({ name, jobClass }) => [name, codeOf(jobClass)]));
}

/** Leaves out the class's own name, which the next build may change. */
function codeOf(jobClass: Type<object>): string {
  const source = Function.prototype.toString.call(jobClass);
  const own = new Set([jobClass.name, `_${jobClass.name}`]);
  const code = source.replaceAll(/[\w$]+/g, (word) => (own.has(word) ? '' : word)).replaceAll(/\s+/g, ' ');
  return createHash('sha256').update(code).digest('base64url').slice(0, 16);
}

/**
 * Finds names that another build gave to another class. A bundler that meets two classes of one name adds a number to one of
 * them, and the next build may number them differently. A name that `@Job({ name })` sets is intended.
 *
 * Equal code alone proves nothing: an edited class may have had the text of a new one, or of its own copy.
 *
 * @param before the codes that an earlier process stored
 */
export function findMovedNames(
  before: ReadonlyMap<string, string>,
  definitions: readonly JobDefinition[],
): Finding[] {
  const now = codesOf(definitions);
  const identified = new Set(
    definitions.filter(({ jobClass }) => hasOwnPerform(jobClass)).map(({ name }) => name),
  );
  return definitions.flatMap(({ name, jobClass }) => {
    const earlier = before.get(name);
    if (earlier === undefined || earlier === now.get(name) || jobOptionsOf(jobClass)?.name !== undefined)
      return [];
    const moved = [...now].find(([other, code]) => {
      // A class that already had this code under its own name has not moved.
      if (code !== earlier || before.get(other) === earlier) return false;
      const isSwapped = before.get(other) === now.get(name) && identified.has(name) && identified.has(other);
      return isSwapped || haveOneStem(name, other);
    });
    return moved === undefined ? [] : [describe(name, moved[0])];
  });
}

/** The text of a class that inherits its `perform` may be equal to the text of many others. */
function hasOwnPerform({ prototype }: Type<object>): boolean {
  return Object.hasOwn(prototype, 'perform');
}

/** Returns whether a bundler may have made both names of one: `SyncJob2`, `SyncJob$1`, `_SyncJob` or, of webpack, `sync_SyncJob`. */
function haveOneStem(one: string, other: string): boolean {
  const [a, b] = [stemOf(one), stemOf(other)];
  return a === b || isPrefixed(a, b) || isPrefixed(b, a);
}

function stemOf(name: string): string {
  return name.replace(/^[_$]+/, '').replace(/(?:[_$]?\d{1,6})?$/, '');
}

function isPrefixed(stem: string, name: string): boolean {
  return name.endsWith(`_${stem}`) || name.endsWith(`$${stem}`);
}

function describe(name: string, other: string): Finding {
  return {
    severity: process.env.NODE_ENV === 'production' ? 'error' : 'warning',
    code: 'FLEDGE_JOB_NAME_MOVED',
    message: `The name ${name} belongs to another class than in the last build. The class of that build is now stored as ${other}, so the jobs that wait under ${name} would run the wrong code. Give each of these classes a name that no build changes: @Job({ name: '${name}' }) for the class that had it, and a new name for the other. If the change is intended and no such jobs wait, set @Job({ name: '${name}' }) on the class that has it now.`,
  };
}
