import { Job, JobsInspector, SnoozeJob, type JobContext, type JobsOptions } from 'nestjs-fledge';
import { describe, expect, it } from 'vitest';
import { jobsApp, type JobsApp } from '../support/jobs-app.js';

interface Output {
  readonly result?: unknown;
  readonly size?: number;
  readonly progress?: number;
  readonly lines?: readonly number[];
  /** How many attempts end with a snooze. */
  readonly snoozes?: number;
  /** The name of an odd value, which is logged. */
  readonly logged?: string;
}

const circular: Record<string, unknown> = {};
circular.itself = circular;

/** Results of which nothing is kept. */
const odd: Record<string, unknown> = {
  null: null,
  circular,
  bigint: { big: 1n },
  'a function': () => undefined,
};

@Job({ attempts: 1 })
class OutputJob {
  async perform(output: Output, { log, progress, notes, note }: JobContext): Promise<unknown> {
    if (output.progress !== undefined) {
      await progress({ text: 'before' });
      await progress({ text: 'p'.repeat(output.progress) });
      await progress({ text: 'p'.repeat(output.progress) });
    }
    for (const size of output.lines ?? []) await log('é'.repeat(size / 2));
    if (output.logged) await log(odd[output.logged] as string);
    const snoozed = Number(notes.snoozed ?? 0);
    if (snoozed < (output.snoozes ?? 0)) {
      await note('snoozed', snoozed + 1);
      throw new SnoozeJob(1);
    }
    if (output.size !== undefined) return 'r'.repeat(output.size);
    return typeof output.result === 'string' && output.result in odd ? odd[output.result] : output.result;
  }
}

const kib = 1024;

export function resultsBehaviour(kind: string, url: () => string): void {
  interface Ran extends JobsApp {
    readonly inspector: JobsInspector;
    readonly id: string;
    readonly warnings: () => string[];
  }

  async function run(output: Output, options: JobsOptions = {}): Promise<Ran> {
    const app = await jobsApp({ url: url(), queues: { default: {} }, ...options }, [OutputJob]);
    await app.worker.start();
    const { id } = await app.jobs.enqueue(OutputJob, output as never);
    const { outcome } = await app.event('finished', (event) => event.outcome.kind !== 'snoozed');
    expect(outcome.kind).toBe('completed');
    const inspector = app.app.get(JobsInspector);
    await expect.poll(async () => (await inspector.find(id))?.state).toBe('completed');
    const warnings = (): string[] =>
      app.events.flatMap((event) =>
        event.type === 'warning' && event.code.startsWith('FLEDGE_RESULT') ? [event.message] : [],
      );
    return { ...app, inspector, id, warnings };
  }

  describe(`the output of jobs: ${kind}`, () => {
    it.each([{ a: [1, null] }, 'text', 0, false])('a result is kept: %j', async (result) => {
      const { inspector, id, warnings } = await run({ result });
      expect((await inspector.find(id))?.result).toEqual(result);
      expect(warnings()).toEqual([]);
    });

    it.each(Object.keys(odd))('no result is kept for %s', async (result) => {
      const { inspector, id } = await run({ result });
      expect((await inspector.find(id))?.result).toBeUndefined();
    });

    it('a result above 64 KiB is kept with a warning', async () => {
      const { inspector, id, warnings } = await run({ size: 65 * kib });
      expect((await inspector.find(id))?.result).toHaveLength(65 * kib);
      expect(warnings()).toEqual([
        expect.stringMatching(/^OutputJob .* returned a result of 66562 bytes.*return its id/),
      ]);
    });

    it('a result above 512 KiB is not kept, the job is completed, and a warning says what to do', async () => {
      const { inspector, id, warnings, event } = await run({ size: 513 * kib });
      expect(await inspector.find(id)).toMatchObject({ state: 'completed' });
      expect((await inspector.find(id))?.result).toBeUndefined();
      expect(warnings()).toEqual([
        expect.stringMatching(
          /The result is not kept, because the limit is 524288 bytes\. Store .* or raise resultLimit\.keep/,
        ),
      ]);
      // What runs in this process sees it.
      const { outcome } = await event('finished');
      expect(outcome).toMatchObject({ kind: 'completed', result: expect.stringMatching(/^r+$/) });
    });

    it('progress above the limit is not kept, and one warning says so', async () => {
      const { inspector, id, warnings } = await run({ progress: 513 * kib });
      expect((await inspector.find(id))?.progress).toEqual({ text: 'before' });
      expect(warnings()).toEqual([expect.stringContaining('The progress is not kept')]);
      const large = await run({ progress: 70 * kib });
      expect((await large.inspector.find(large.id))?.progress).toMatchObject({
        text: expect.stringMatching(/^p+$/),
      });
      expect(large.warnings()).toEqual([expect.stringContaining('reported progress of')]);
    });

    it('a log line above the limit is cut, and the lines of an attempt have half a megabyte', async () => {
      const { inspector, id, warnings } = await run({ lines: [600 * kib] });
      const [line = ''] = await inspector.logs(id);
      expect(line).toMatch(/^é+ … \(cut, 614400 bytes\)$/);
      expect(Buffer.byteLength(line)).toBeLessThan(513 * kib);
      expect(warnings()).toEqual([expect.stringContaining('Only its beginning is kept')]);
      const many = await run({ lines: Array.from({ length: 20 }, () => 100 * kib) });
      expect(await many.inspector.logs(many.id)).toHaveLength(5);
      expect(many.warnings()).toHaveLength(1);
    });

    it('a job that snoozes for long keeps half a megabyte of lines as well', async () => {
      const { inspector, id } = await run({ lines: [200 * kib], snoozes: 10 });
      const lines = await inspector.logs(id);
      expect(lines.map((line) => Buffer.byteLength(line))).toEqual([200 * kib, 200 * kib]);
      const short = await run({ lines: [10, 10], snoozes: 3 });
      expect(await short.inspector.logs(short.id)).toHaveLength(8);
    });

    it('each kind of warning comes once: large, and too large', async () => {
      const { warnings } = await run({ lines: [70 * kib, 70 * kib, 600 * kib, 600 * kib] });
      expect(warnings()).toEqual([
        expect.stringContaining('wrote a log line of 71680 bytes'),
        expect.stringContaining('Only its beginning is kept'),
      ]);
    });

    it.each([
      [new Error('printed with its stack'), /^Error: printed with its stack\n +at /],
      [{ a: 1 }, /^{ a: 1 }$/],
      [7, /^7$/],
      [undefined, /^undefined$/],
    ])('a line may be any value: %s', async (line, expected) => {
      odd.line = line;
      const { inspector, id } = await run({ logged: 'line' });
      expect(await inspector.logs(id)).toEqual([expect.stringMatching(expected)]);
    });

    it('the limits can be set', async () => {
      const { inspector, id, warnings } = await run(
        { size: 2 * kib },
        { resultLimit: { warn: 500, keep: kib } },
      );
      expect((await inspector.find(id))?.result).toBeUndefined();
      expect(warnings()).toEqual([expect.stringContaining('the limit is 1024 bytes')]);
    });

    it('perform gives its caller any result, without a warning', async () => {
      const { jobs, warnings } = await run({});
      expect(await jobs.perform(OutputJob, { size: 600 * kib } as never)).toHaveLength(600 * kib);
      expect(warnings()).toEqual([]);
    });
  });
}
