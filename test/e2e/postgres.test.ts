import { expect, inject, it } from 'vitest';
import { privateUrl } from '../support/jobs-app.js';
import { postgresUrl } from '../support/postgres.js';
import { airportsCsv, System } from '../support/system.js';
import { until } from '../support/until.js';

it('works on PostgreSQL when web and worker start at once on an empty database', async () => {
  const system = await System.create({
    DATABASE_URL: await postgresUrl(),
    JOBS_URL: privateUrl(inject('redisUrl')),
  });
  // A database of TEST_DATABASE_URL may contain the visitors of an earlier run.
  const email = `barbara.${Date.now()}@example.test`;
  await Promise.all([system.web(), system.worker(), system.worker()]);
  expect((await system.signUp('Barbara', email)).status).toBe(201);
  expect((await system.signUp('Barbara', email)).status).toBe(409);
  const { id } = (await system.upload(airportsCsv(5_000))).body;
  expect(await system.imported(id)).toMatchObject({ loaded: 5_000, rejected: 0 });
  // The second import, when every airport exists.
  const again = (await system.upload(airportsCsv(5_000))).body.id;
  expect(await system.imported(again)).toMatchObject({ loaded: 5_000, rejected: 0 });
  await until('the mail is there', () => system.mailsFor(email) === 1);
});
