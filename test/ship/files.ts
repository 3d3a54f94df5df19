import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse } from 'yaml';
import { root } from '../support/pack.js';

export const text = (path: string): string => readFileSync(join(root, path), 'utf8');

/** With YAML's merge key, which compose supports. */
export const yaml = (source: string): unknown => parse(source, { merge: true });

/** Parses `25s` and `1m30s`, as in compose and config/jobs.yml, to milliseconds. */
export function milliseconds(duration: string): number {
  const units: Record<string, number> = { ms: 1, s: 1_000, m: 60_000, h: 3_600_000 };
  const parts = [...duration.matchAll(/(\d+(?:\.\d+)?)(ms|s|m|h)/g)];
  if (parts.map(([part]) => part).join('') !== duration) throw new Error(`${duration} is no duration`);
  return parts.reduce((sum, [, amount, unit]) => sum + Number(amount) * units[unit!]!, 0);
}

/** The stages of the Dockerfile, in order. */
export function stages(): string[] {
  return [...text('docker/Dockerfile').matchAll(/^FROM \S+ AS (\S+)$/gm)].map(([, name]) => name!);
}
