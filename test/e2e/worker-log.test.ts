import { expect, it } from 'vitest';
import { QuietJob, ScriptedJob, scriptedWeb, TalkativeJob } from '../support/scripted-jobs.js';
import { startedWorker, workerProcess } from '../support/worker-process.js';

it('a completed job logs one line with its facts and nothing of its payload', async () => {
  const { jobs, url } = await scriptedWeb();
  const worker = await startedWorker({ url, env: { JOBS_LOG_FORMAT: 'json', JOBS_LOG_LEVEL: 'log' } });
  const { id } = await jobs.enqueue(ScriptedJob, { does: 'nothing', ms: 4_711 });
  await worker.waitFor(new RegExp(`${id} performed`));
  const about = worker.lines.filter((line) => line.includes(id));
  expect(about).toHaveLength(1);
  expect(JSON.parse(about[0]!)).toEqual({
    level: 'log',
    pid: worker.pid,
    timestamp: expect.any(Number) as number,
    message: expect.stringMatching(
      /^ScriptedJob .* performed in .* \(default, attempt 1 of 3, waited .*\)$/,
    ) as string,
    context: 'Jobs',
    id,
    class: 'ScriptedJob',
    queue: 'default',
    attempt: 1,
    duration: expect.any(Number) as number,
    wait: expect.any(Number) as number,
    outcome: 'completed',
  });
  expect(worker.lines.join('\n')).not.toContain('4711');
});

it('a job’s wait is counted from when it was due, after its delay or backoff', async () => {
  const { jobs, url } = await scriptedWeb();
  const worker = await startedWorker({ url, env: { JOBS_LOG_FORMAT: 'json' } });
  const enqueuedAt = Date.now();
  const { id } = await jobs.enqueue(ScriptedJob, {}, { delay: 1_000 });
  const failing = await jobs.enqueue(ScriptedJob, { does: 'fail' });
  const started = async (of: string, attempt: number): Promise<{ wait: number; timestamp: number }> =>
    JSON.parse(await worker.waitFor(new RegExp(`${of} started.*"attempt":${attempt}`))) as never;
  // The wait and the delay together are at most the time since the enqueue, or since the attempt before.
  const delayed = await started(id, 1);
  expect(delayed.wait + 1_000).toBeLessThanOrEqual(delayed.timestamp - enqueuedAt);
  const [first, second] = [await started(failing.id, 1), await started(failing.id, 2)];
  expect(second.wait + 1_000).toBeLessThanOrEqual(second.timestamp - first.timestamp);
});

it('the start of a job is logged only at the debug level', async () => {
  const { jobs, url } = await scriptedWeb();
  const worker = await startedWorker({ url, args: ['--log-level', 'debug'] });
  const { id } = await jobs.enqueue(ScriptedJob, {});
  await worker.waitFor(new RegExp(`DEBUG .*${id} started on default`));
});

it('the payload is logged as the job class allows, and each class has its own minimum level', async () => {
  const { jobs, url } = await scriptedWeb();
  const worker = await startedWorker({ url });
  const talkative = await jobs.enqueue(TalkativeJob, { shown: 'this', hidden: 'not that' });
  const quiet = await jobs.enqueue(QuietJob, { secret: 'hush' });
  await worker.waitFor(new RegExp(`${talkative.id} performed .*\\{"shown":"this"\\}`));
  await worker.waitFor(/a warning of its own/);
  const last = await jobs.enqueue(ScriptedJob, {});
  await worker.waitFor(new RegExp(`${last.id} performed`));
  const log = worker.lines.join('\n');
  expect(log).not.toMatch(/not that|hush|a word of its own/);
  expect(log).not.toMatch(new RegExp(`${quiet.id} (started|performed)`));
});

it('the application’s own logger is used if runWorker gets one', async () => {
  const { url } = await scriptedWeb();
  const worker = workerProcess({ url, entry: 'own-logger-worker.mjs', env: { JOBS_LOG_FORMAT: 'json' } });
  await worker.waitFor(/^own warn \[Jobs\] The log level and format have no effect/);
  await worker.waitFor(/^own log \[Jobs\] processor default/);
  expect(await worker.stop()).toBe(0);
});

const entry = 'pino-like-worker.mjs';

it.each(['useLogger', 'async'])(
  'every line goes through the logger that setup takes from the application: %s',
  async (SETUP) => {
    const { jobs, url } = await scriptedWeb();
    const worker = workerProcess({ url, entry, env: { SETUP, JOBS_LOG_FORMAT: 'json' } });
    await worker.waitFor(/app warn \[Jobs\] "The log level and format have no effect/);
    await worker.waitFor(/app log \[Jobs\] "processor default/);
    const { id } = await jobs.enqueue(ScriptedJob, { ms: 4_242 });
    await worker.waitFor(new RegExp(`app error \\[Jobs\\] "ScriptedJob ${id} failed`));
    expect(await worker.stop()).toBe(0);
    const foreign = worker.lines.filter((line) => !line.startsWith('app '));
    expect(foreign).toEqual([]);
    const log = worker.lines.join('\n');
    expect(log).toContain('app warn [Boot] {"msg":"booting","card":"[redacted]"}');
    expect(log).toContain('app log [Pay] {"msg":"paying","card":"[redacted]"}');
    expect(log).toMatch(/app log \[ScriptedJob .*\] "from context.logger"/);
    expect(log).toContain('app log [Jobs] "SIGTERM received"');
  },
);

it('without bufferLogs, the lines after setup go through the application’s logger', async () => {
  const { url } = await scriptedWeb();
  const worker = workerProcess({ url, entry, env: { SETUP: 'useLogger', BUFFER: 'off' } });
  await worker.waitFor(/app log \[Jobs\] "processor default/);
});

it('bufferLogs without a setup writes the lines of the boot to the worker’s own log', async () => {
  const { url } = await scriptedWeb();
  const worker = await startedWorker({ url, entry });
  expect(worker.lines.join('\n')).toMatch(/WARN \[Boot\]/);
});

it.each([
  [{ BOOT: 'fail' }, /the boot failed/],
  [{ SETUP: 'fail' }, /the setup failed/],
])('a boot that fails with buffered lines writes them: %j', async (env, error) => {
  const { url } = await scriptedWeb();
  const worker = workerProcess({ url, entry, env });
  const code = await worker.ended;
  expect(code).toBe(1);
  expect(worker.lines.join('\n')).toMatch(error);
  expect(worker.lines.join('\n')).toMatch(/WARN \[Boot\]/);
});

it('a worker that is stopped while it boots writes the buffered lines', async () => {
  const { url } = await scriptedWeb();
  const worker = workerProcess({ url, entry, env: { BOOT: 'hang' } });
  await worker.waitFor(/booting until a signal comes/);
  expect(await worker.stop()).toBe(0);
  expect(worker.lines.join('\n')).toMatch(/WARN \[Boot\]/);
  expect(worker.lines.join('\n')).toContain('SIGTERM received');
});

it('with --metrics emf the worker logs its metrics for CloudWatch once a minute', async () => {
  const { jobs, url } = await scriptedWeb();
  const args = ['--metrics', 'emf', '--app', 'shop', '--queues', 'default', '-c', '1'];
  const worker = await startedWorker({ url, args });
  expect(worker.lines.join('\n')).toContain('metrics emf of shop (--metrics)');
  await jobs.enqueueAll(ScriptedJob, [{ does: 'wait' }, { does: 'wait' }]);
  const line = JSON.parse(await worker.waitFor(/^\{"_aws"/)) as Record<string, unknown>;
  expect(line).toMatchObject({
    _aws: {
      Timestamp: expect.any(Number) as number,
      CloudWatchMetrics: [
        {
          Namespace: 'Fledge',
          Dimensions: [['App']],
          Metrics: expect.arrayContaining([{ Name: 'QueueLatency', Unit: 'Milliseconds' }]) as unknown[],
        },
      ],
    },
    App: 'shop',
    QueueSize: 1,
    QueueLatency: expect.toSatisfy((ms: number) => ms > 1_000) as number,
    // No worker serves mailers.
    Consumers: 0,
    UnservedQueues: 0,
    Busy: 1,
    RoundTrip: expect.any(Number) as number,
    Performed: 0,
    Dead: 0,
  });
  const named = (line._aws as { CloudWatchMetrics: { Metrics: { Name: string }[] }[] }).CloudWatchMetrics[0]!;
  expect(named.Metrics.filter(({ Name }) => !(Name in line))).toEqual([]);
});
