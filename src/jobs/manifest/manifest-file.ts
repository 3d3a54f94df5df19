import type { INestApplicationContext } from '@nestjs/common';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import { JOBS_OPTIONS, type ResolvedJobsOptions } from '../config/resolved-options.js';
import { JobRegistry } from '../discovery/registry.js';
import type { JobsManifest } from '../job/jobs-manifest.js';
import { FledgeError } from '../values/errors.js';
import { isObject } from '../values/readers.js';
import { manifestOf } from './application-manifest.js';

/** An application, or the result of `testJobs`. */
export type ManifestSource = Pick<INestApplicationContext, 'get'>;

/**
 * Writes the stored names, queues and options of all jobs and mailers to a JSON file, for the `manifest` of `createJobsClient`. A
 * file with the same content is not touched, however it is formatted.
 *
 * @param file relative to the working directory
 * @returns whether the file was written
 * @example await writeJobsManifest(app, 'jobs-manifest.json');
 */
export async function writeJobsManifest(app: ManifestSource, file: string): Promise<boolean> {
  const manifest = manifestIn(app);
  if (isDeepStrictEqual(await stored(file), manifest)) return false;
  await mkdir(dirname(file), { recursive: true });
  await writeFile(file, `${JSON.stringify(manifest, null, 2)}\n`);
  return true;
}

/**
 * Checks that the file of `writeJobsManifest` still fits the application. Call it in a test.
 *
 * @example await checkJobsManifest(app, 'jobs-manifest.json');
 * @throws FledgeError `FLEDGE_MANIFEST_OUTDATED`
 */
export async function checkJobsManifest(app: ManifestSource, file: string): Promise<void> {
  const found = await stored(file);
  const differences = differencesOf(found, manifestIn(app));
  if (differences.length === 0) return;
  throw new FledgeError(
    'FLEDGE_MANIFEST_OUTDATED',
    `${file} does not fit the application: ${differences.join(', ')}. Write it again with writeJobsManifest.`,
  );
}

function manifestIn(app: ManifestSource): JobsManifest {
  const options = app.get<ResolvedJobsOptions>(JOBS_OPTIONS, { strict: false });
  return manifestOf(app.get(JobRegistry, { strict: false }), options);
}

/** Returns the content of the file, or undefined if there is no file or no JSON in it. */
async function stored(file: string): Promise<unknown> {
  try {
    return JSON.parse(await readFile(file, 'utf8'));
  } catch (error) {
    const isExpected = error instanceof SyntaxError || (isObject(error) && error.code === 'ENOENT');
    if (isExpected) return undefined;
    throw error;
  }
}

function differencesOf(found: unknown, expected: JobsManifest): string[] {
  if (!isObject(found)) return ['it does not exist, or is not a JSON object'];
  const { queues, ...lists } = expected;
  const named = Object.entries(lists).flatMap(([list, entries]) => listDifferences(found[list], entries));
  return isDeepStrictEqual(found.queues, queues) ? named : ['the queues have changed', ...named];
}

function listDifferences(found: unknown, expected: Readonly<Record<string, object>>): string[] {
  const old = isObject(found) ? found : {};
  const names = [...new Set([...Object.keys(old), ...Object.keys(expected)])].sort();
  return names
    .filter((name) => !isDeepStrictEqual(old[name], expected[name]))
    .map((name) => {
      if (!Object.hasOwn(old, name)) return `${name} is missing`;
      return Object.hasOwn(expected, name) ? `${name} has changed` : `${name} no longer exists`;
    });
}
