import { expect, it } from 'vitest';
import { resolveOptions } from '../options.js';
import { queuesToServe } from './settings.js';
import { stopBudget } from './stop-budget.js';

const options = resolveOptions({ queues: { default: { concurrency: 3 }, mailers: {}, reports: {} } }, {});
const names = (JOBS_QUEUES?: string): string[] =>
  queuesToServe(options, { JOBS_QUEUES }).map(({ name }) => name);

it('serves all declared queues, or those of JOBS_QUEUES', () => {
  expect(names()).toEqual(['default', 'mailers', 'reports']);
  expect(names(' mailers , default,mailers')).toEqual(['default', 'mailers']);
  expect(queuesToServe(options, { JOBS_QUEUES: 'default' })).toEqual([{ name: 'default', concurrency: 3 }]);
});

it('refuses an undeclared queue and an empty list', () => {
  expect(() => names('mailrs')).toThrow(
    /"mailrs".*declared: default, mailers, reports.*Did you mean "mailers"\?/,
  );
  expect(() => names(' , ')).toThrow(/names no queue/);
});

it('spends the last five seconds of a stop on closing, of a short one half', () => {
  expect(stopBudget(25_000)).toEqual({
    wait: 20_000,
    grace: 2_000,
    handBack: 1_000,
    close: 1_000,
    app: 1_000,
  });
  expect(stopBudget(1_000)).toEqual({ wait: 500, grace: 200, handBack: 100, close: 100, app: 100 });
});
