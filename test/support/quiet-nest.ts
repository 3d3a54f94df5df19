import { Logger } from '@nestjs/common';
import 'reflect-metadata';

// Tests look at events and results; Nest's own log would bury a failure. Set DEBUG_LOG=1 to see it.
if (!process.env.DEBUG_LOG) Logger.overrideLogger(false);

// The suite decides about servers, not the shell that it was started from.
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
