// #region open-app
import type { TestingModuleBuilder } from '@nestjs/testing';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { testJobs, type TestJobs, type TestJobsOptions } from 'nestjs-fledge/testing';
import { onTestFinished } from 'vitest';
import { AppModule } from '../../src/app/app.module.js';
import { Database } from '../../src/app/database/database.js';

type Override = (builder: TestingModuleBuilder) => TestingModuleBuilder;

/** A separate database for each test. */
export function ownDatabase(): Override {
  const folder = mkdtempSync(join(tmpdir(), 'acme-'));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  const open = () => Database.open(`file:${join(folder, 'app.sqlite')}`);
  return (builder) => builder.overrideProvider(Database).useFactory({ factory: open });
}

/** The whole application, until the test ends. */
export async function openApp(options?: TestJobsOptions): Promise<TestJobs> {
  const jobs = await testJobs(AppModule, ownDatabase(), options);
  onTestFinished(() => jobs.close());
  return jobs;
}
// #endregion
