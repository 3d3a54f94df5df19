import { Logger } from '@nestjs/common';
import 'reflect-metadata';

// Nest's log is off, because it would hide a failure. Set DEBUG_LOG=1 to see it.
if (!process.env.DEBUG_LOG) Logger.overrideLogger(false);

// Removes server settings of the shell, because the suite chooses its own servers.
for (const name of [
  'JOBS_URL',
  'JOBS_TEST_URL',
  'JOBS_PASSWORD',
  'JOBS_QUEUES',
  'SMTP_URL',
  'DATABASE_URL',
  'NODE_ENV',
]) {
  delete process.env[name];
}
