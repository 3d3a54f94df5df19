import { JobsService } from 'nestjs-fledge';
import { expect, it } from 'vitest';
import { ImportCsvJob } from '../../src/app/imports/import-csv.job.js';
import { openApp } from './open-app.js';

// What a suite of many tests costs: docs/testing.md has the figure.
it.each(Array.from({ length: 100 }, (_, i) => i))('boots the whole application, number %i', async (i) => {
  const jobs = await openApp();
  await jobs.get(JobsService).enqueue(ImportCsvJob, { importId: `${i}` });
  expect(jobs.enqueued(ImportCsvJob)).toMatchObject([{ payload: { importId: `${i}` } }]);
});
