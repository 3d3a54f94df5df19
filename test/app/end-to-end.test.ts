import { Test } from '@nestjs/testing';
import { startRedis, startWorker } from 'nestjs-fledge/testing';
import { beforeAll, expect, inject, it, onTestFinished, vi } from 'vitest';
import { AppModule } from '../../src/app/app.module.js';
import { ImportsService } from '../../src/app/imports/imports.service.js';
import { ownDatabase } from './open-app.js';

/** The server that the whole suite uses. */
beforeAll(() => {
  vi.stubEnv('JOBS_TEST_URL', inject('redisUrl'));
  return () => vi.unstubAllEnvs();
});

// #region end-to-end
it('imports an uploaded file with a web and a worker process on a real Redis', async () => {
  const redis = await startRedis();
  const database = ownDatabase();
  const worker = await startWorker(AppModule, { redis, builder: database });
  const builder = database(Test.createTestingModule({ imports: [AppModule] }));
  const web = (await redis.connect(builder).compile()).createNestApplication();
  await web.listen(0, '127.0.0.1');
  onTestFinished(async () => {
    await web.close();
    await worker.stop();
    await redis.stop();
  });

  const form = new FormData();
  const csv =
    'iata,name,city,state,country,latitude,longitude\nFRA,Frankfurt,Frankfurt,HE,Germany,50.03,8.56';
  form.append('file', new Blob([csv]), 'airports.csv');
  const response = await fetch(`${await web.getUrl()}/imports`, { method: 'POST', body: form });
  const { id } = (await response.json()) as { id: string };

  await worker.idle();
  expect(await worker.get(ImportsService).progress(id)).toMatchObject({ status: 'done', loaded: 1 });
});
// #endregion
