import { Worker } from 'bullmq';
import { Job } from 'nestjs-fledge';
import { expect, inject, it, onTestFinished, vi } from 'vitest';
import { jobsApp, privateUrl } from '../support/jobs-app.js';
import { until } from '../support/until.js';

const ran: string[] = [];

@Job()
class NoteJob {
  async perform({ note }: { note: string }): Promise<void> {
    ran.push(note);
  }
}

it('replaces a processor that has silently stopped fetching jobs', async () => {
  // As after a lost connection: BullMQ's wait for the next job never returns and reports no error.
  const engine = Worker.prototype as unknown as { waitForJob: () => Promise<number> };
  const stuck = vi.spyOn(engine, 'waitForJob').mockImplementation(() => new Promise(() => undefined));
  onTestFinished(() => stuck.mockRestore());
  const options = { url: privateUrl(inject('redisUrl')), queues: { default: {} } };
  const { jobs, worker, event, events } = await jobsApp(options, [NoteJob]);
  await worker.start();
  await until('it waits for a job', () => stuck.mock.calls.length > 0);
  stuck.mockRestore();
  await jobs.enqueue(NoteJob, { note: 'waits' });
  expect(worker.silent()).toEqual([]);
  // /livez fails in the meantime, because the process takes no jobs.
  const [silent] = await until('it is seen', () => worker.silent().length > 0 && worker.silent());
  expect(silent).toMatchObject({ queue: 'default' });
  const { queue, silentFor } = await event('processor-replaced');
  expect(queue).toBe('default');
  expect(silentFor).toBeGreaterThanOrEqual(30_000);
  await until('the new one works', () => ran.includes('waits'));
  await until('it is alive again', () => worker.silent().length === 0);
  const order = events.map(({ type }) => type);
  expect(order.indexOf('processor-replaced')).toBeLessThan(order.indexOf('started'));
});
