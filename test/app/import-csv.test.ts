import 'nestjs-fledge/testing/vitest';
import { JobsService } from 'nestjs-fledge';
import type { TestJobs } from 'nestjs-fledge/testing';
import { expect, it } from 'vitest';
import { ImportCsvJob } from '../../src/app/imports/import-csv.job.js';
import { ImportsService } from '../../src/app/imports/imports.service.js';
import { openApp } from './open-app.js';

/** A file of so many airports, each on its own line. */
function airportsCsv(count: number): string {
  const codes = Array.from({ length: count }, (_, i) => `A${i.toString(36).toUpperCase().padStart(3, '0')}`);
  const rows = codes.map((iata) => `${iata},Field ${iata},Town,State,Country,50.1,8.6`);
  return ['iata,name,city,state,country,latitude,longitude', ...rows].join('\n');
}

async function upload(jobs: TestJobs, rows: number): Promise<string> {
  return jobs.get(ImportsService).create('airports.csv', airportsCsv(rows), rows);
}

// #region run
it('loads the airports of a file and reports its progress', async () => {
  const jobs = await openApp();
  const importId = await upload(jobs, 250);

  const { outcome, progress } = await jobs.run(ImportCsvJob, { importId });

  expect(outcome.kind).toBe('completed');
  expect(progress).toEqual([40, 80, 100]);
  expect(await jobs.get(ImportsService).progress(importId)).toMatchObject({ status: 'done', loaded: 250 });
});
// #endregion

// #region stopped
it('continues after the last batch if its worker was stopped midway', async () => {
  const jobs = await openApp();
  const importId = await upload(jobs, 250);
  jobs.trouble.stop(ImportCsvJob, { when: ({ progress }) => progress.length === 1 });

  const stopped = await jobs.run(ImportCsvJob, { importId });
  expect(stopped.outcome.kind).toBe('interrupted');
  expect(await jobs.get(ImportsService).progress(importId)).toMatchObject({ status: 'running', loaded: 100 });

  const again = await jobs.run(ImportCsvJob, { importId });
  expect(again.progress).toEqual([80, 100]);
});
// #endregion

// #region idempotent
it('loads no row twice if its worker dies before it acknowledges the job', async () => {
  const jobs = await openApp();
  const importId = await upload(jobs, 120);
  await jobs.expectIdempotent(ImportCsvJob, { importId }, () => jobs.get(ImportsService).progress(importId));
});
// #endregion

// #region upload
it('answers an upload at once and imports the file in the worker', async () => {
  const jobs = await openApp({ application: (module) => module.createNestApplication() });
  await jobs.app.listen(0, '127.0.0.1');
  const form = new FormData();
  form.append('file', new Blob([airportsCsv(3)]), 'airports.csv');

  const response = await fetch(`${await jobs.app.getUrl()}/imports`, { method: 'POST', body: form });
  const { id: importId } = (await response.json()) as { id: string };
  expect(response.status).toBe(202);
  expect(jobs).toHaveEnqueued(ImportCsvJob, { importId });

  await jobs.drain();
  expect(jobs).toHavePerformed(ImportCsvJob, { importId }, { outcome: 'completed' });
});
// #endregion

// #region dead
it('is tried ten times within a day and then dies', async () => {
  const jobs = await openApp();
  await jobs.get(JobsService).enqueue(ImportCsvJob, { importId: 'none' });
  const attempts = await jobs.advance('1d');
  expect(attempts).toHaveLength(10);
  expect(jobs.enqueued(ImportCsvJob)).toEqual([]);
});
// #endregion
