// #region open-app
import type { TestingModuleBuilder } from '@nestjs/testing';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { testJobs, type TestJobs, type TestJobsOptions } from 'nestjs-fledge/testing';
import { onTestFinished } from 'vitest';
import { AppModule } from '../../src/app/app.module.js';
import { Database } from '../../src/app/database/database.js';

/** The whole application, on a database of its own, until the test ends. */
export async function openApp(options?: TestJobsOptions): Promise<TestJobs> {
  const folder = mkdtempSync(join(tmpdir(), 'acme-'));
  const database = (builder: TestingModuleBuilder) =>
    builder
      .overrideProvider(Database)
      .useFactory({ factory: () => Database.open(`file:${join(folder, 'app.sqlite')}`) });
  const jobs = await testJobs(AppModule, database, options);
  onTestFinished(async () => {
    await jobs.close();
    rmSync(folder, { recursive: true });
  });
  return jobs;
}
// #endregion
