import { expect, it } from 'vitest';
import { checkRunWorkerNames } from './run-worker-names.js';

it.each([
  [{ queues: ['mailers'] }, /option queues. It is a setting of the worker process/],
  [{ shutdownTimeout: '5s' }, /option shutdownTimeout. It is a setting/],
  [{ url: 'redis://u:s3cret@h' }, /^(?!.*s3cret).*Put it into JobsModule.forRoot\({ url: … }\)/],
  [{ setUp: () => undefined }, /Unknown option "setUp" of runWorker. Did you mean "setup"\?/],
  [{ arg: [] }, /"args"/],
])('refuses %j', (options, message) => {
  expect(() => checkRunWorkerNames(options)).toThrow(message);
});

it('accepts its own options and those of Nest', () => {
  const options = { args: [], setup: () => undefined, bufferLogs: true, logger: false, snapshot: true };
  expect(() => checkRunWorkerNames(options)).not.toThrow();
});
