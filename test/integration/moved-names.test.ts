import { Job, type Performable } from 'nestjs-fledge';
import type { Type } from '@nestjs/common';
import { runInThisContext } from 'node:vm';
import { afterEach, beforeEach, expect, inject, it, vi } from 'vitest';
import { jobsApp, privateUrl, type JobsApp } from '../support/jobs-app.js';

/** Makes a job class with this name and this code, as a bundler writes it. */
function built(name: string, does: string, options = {}): Type<Performable> {
  const jobClass = runInThisContext(
    `(class ${name} {\n  async perform() { return '${does}'; }\n})`,
  ) as Type<Performable>;
  Job(options)(jobClass);
  return jobClass;
}

let url: string;
const start = async (...jobs: Type<Performable>[]): Promise<JobsApp> => {
  const app = await jobsApp({ url }, jobs);
  await app.worker.start();
  return app;
};
/** The first build. `SyncJob2` is the second class with the name SyncJob. */
const first = () => [built('SyncJob', 'customers'), built('SyncJob2', 'invoices')];
const movedCodes = ({ events }: JobsApp) =>
  events.flatMap((event) =>
    event.type === 'warning' && event.code === 'FLEDGE_JOB_NAME_MOVED' ? [event] : [],
  );

beforeEach(() => {
  vi.stubEnv('NODE_ENV', 'production');
  url = privateUrl(inject('redisUrl'));
});
afterEach(() => void vi.unstubAllEnvs());

it('refuses a name that another build gave to another class, until the class has a name option', async () => {
  await (await start(...first())).close();
  const swapped = () => start(built('SyncJob', 'invoices'), built('SyncJob2', 'customers'));
  await expect(swapped()).rejects.toThrow(
    /name SyncJob belongs to another class.*stored as SyncJob2.*FLEDGE_JOB_NAME_MOVED/,
  );
  // The refusal records nothing, so the second start is refused too.
  await expect(swapped()).rejects.toThrow(/FLEDGE_JOB_NAME_MOVED/);
  const third = [built('SyncJob', 'reports'), built('SyncJob2', 'customers'), built('SyncJob3', 'invoices')];
  await expect(start(...third)).rejects.toThrow(/FLEDGE_JOB_NAME_MOVED/);
  const named = [
    built('SyncJob2', 'customers', { name: 'SyncJob' }),
    built('SyncJob', 'invoices', { name: 'SyncJob2' }),
  ];
  expect(movedCodes(await start(...named))).toEqual([]);
});

it('accepts changed, new and removed classes, and classes with the same code', async () => {
  await (await start(built('AJob', 'same'), built('BJob', 'same'), built('OldJob', 'old'))).close();
  const next = await start(built('AJob', 'changed'), built('BJob', 'same'), built('NewJob', 'new'));
  expect(movedCodes(next)).toEqual([]);
});

class Base {
  async perform(): Promise<void> {}
}

/** Makes a job class that inherits its `perform`, with this body. */
function thin(name: string, body = ''): Type<Performable> {
  const jobClass = runInThisContext(`(Base) => class ${name} extends Base {${body}}`) as (
    base: typeof Base,
  ) => Type<Performable>;
  const made = jobClass(Base);
  Job()(made);
  return made;
}

const handler = '\n  onDeath() {}\n';

it.each<[string, Type<Performable>[], Type<Performable>[]]>([
  [
    'a new class with the former text of a class that has changed',
    [thin('SendReport')],
    [thin('SendReport', handler), thin('SendInvoice')],
  ],
  [
    'a copy of a class whose original was edited',
    [built('ImportUsers', 'rows')],
    [built('ImportUsers', 'users'), built('ImportOrders', 'rows')],
  ],
  [
    'a handler that moved from one short class to another',
    [thin('SendReport', handler), thin('SendInvoice')],
    [thin('SendReport'), thin('SendInvoice', handler)],
  ],
  [
    'a copy whose name ends like the original’s',
    [built('Job', 'rows'), built('Report', 'a')],
    [built('Job', 'users'), built('ImportJob', 'rows'), built('MyReport', 'a'), built('Report', 'b')],
  ],
])('starts, twice, with %s', async (_, before, after) => {
  await (await start(...before)).close();
  for (const _start of ['first', 'second']) {
    const app = await start(...after);
    expect(movedCodes(app)).toEqual([]);
    await app.close();
  }
});

it.each([
  ['SyncJob', 'SyncJob$1'],
  ['SyncJob', '_SyncJob'],
  ['SyncJob', 'SyncJob_1'],
  ['SyncJob', 'billing_sync_job_SyncJob'],
  ['SyncJob2', 'SyncJob3'],
])('refuses a new class %s if the one of the last build is now %s', async (name, other) => {
  await (await start(built(name, 'customers'))).close();
  await expect(start(built(name, 'invoices'), built(other, 'customers'))).rejects.toThrow(
    /FLEDGE_JOB_NAME_MOVED/,
  );
});

it('refuses two names that were swapped, whatever they are', async () => {
  await (await start(built('Alpha', 'customers'), built('Beta', 'invoices'))).close();
  await expect(start(built('Alpha', 'invoices'), built('Beta', 'customers'))).rejects.toThrow(
    /FLEDGE_JOB_NAME_MOVED/,
  );
});

it('is a warning outside production', async () => {
  await (await start(...first())).close();
  vi.stubEnv('NODE_ENV', 'development');
  const app = await start(built('SyncJob', 'invoices'), built('SyncJob2', 'customers'));
  expect(movedCodes(app)).toHaveLength(2);
});
