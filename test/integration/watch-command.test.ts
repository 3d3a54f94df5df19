import { describe, expect, it } from 'vitest';
import { widthOf } from '../../src/cli/shell/text.js';
import { Store } from '../../src/jobs/store/store.js';
import { StoreSampler } from '../../src/jobs/inspect/store-sampler.js';
import { busyStore, NoteJob, PatientJob } from '../support/busy-store.js';
import { fledgeOn } from '../support/fledge-command.js';
import { until } from '../support/until.js';

const once = ['watch', '--every', '200ms'];

describe('fledge watch without a terminal', () => {
  it.each([60, 80, 160, undefined])('prints one frame for %s columns', async (width) => {
    const { url, ids } = await busyStore();
    const { code, out, err } = await fledgeOn({ width }, [...once, url]);
    expect({ code, err }).toEqual({ code: 0, err: '' });
    const lines = out.split('\n');
    expect(lines.filter((line) => widthOf(line) > (width ?? Infinity))).toEqual([]);
    expect(out).not.toContain('\u001b');
    const titles = lines.filter((line) => /^[A-Z][a-z ]+: \d/.test(line));
    expect(titles).toEqual(['Queues: 2', 'Workers: 1', 'Running jobs: 1', 'Last failures: 2']);
    expect(out).toMatch(/\ndefault +served +2 +/);
    expect(out).toMatch(/\nPatientJob +\S/);
    expect(out).toMatch(/\nImportCust\S+ +dead +/);
    expect(out).toMatch(/\nChargeCardJob +retrying +in /);
    if (width !== 60) expect(out).toContain(ids.running);
    if (width !== 60 && width !== 80) expect(out).toContain('GROWTH/S');
  });

  it('prints JSON with rates, without payloads', async () => {
    const { url, ids } = await busyStore();
    const { out } = await fledgeOn({ colours: true }, [...once, '--json', url]);
    expect(out).not.toContain('\n');
    expect(out).not.toContain('secret');
    const frame = JSON.parse(out) as { running: object[]; failures: object[] };
    const iso = expect.stringMatching(/^\d{4}-.*Z$/) as string;
    expect(frame).toMatchObject({
      store: expect.stringContaining('redis://') as string,
      at: iso,
      every: 200,
      queues: [
        {
          name: 'default',
          size: 2,
          scheduled: 2,
          running: 1,
          dead: 1,
          rates: { done: 0, dead: 0, growth: 0 },
        },
        { name: 'mailers', rates: { done: 0, dead: 0, growth: 0 } },
      ],
      workers: [{ state: 'running', startedAt: iso, concurrency: 6 }],
      running: [{ id: ids.running, name: 'PatientJob', state: 'running' }],
    });
    expect(new Set(frame.failures)).toEqual(
      new Set([
        expect.objectContaining({ id: ids.dead, state: 'dead' }),
        expect.objectContaining({ id: ids.retrying, state: 'retrying' }),
      ]),
    );
  });

  it('names paused jobs above the queues', async () => {
    const { url } = await busyStore();
    await fledgeOn({}, ['pause', 'job', 'NoteJob', url]);
    const { out } = await fledgeOn({ width: 60 }, [...once, url]);
    const [head] = out.split('\n\n');
    expect(head).toMatch(/\nPaused: jobs of NoteJob \(\S+ m?s ago\)\. To resume, run\n?/);
    const { out: json } = await fledgeOn({}, [...once, '--json', url]);
    expect(JSON.parse(json)).toMatchObject({ paused: [{ kind: 'job', name: 'NoteJob' }] });
  });

  it('shows one queue, and suggests the name of an unknown one', async () => {
    const { url } = await busyStore();
    const { out } = await fledgeOn({ width: 80 }, [...once, '--queue', 'mailers', url]);
    expect(out).toContain('\nQueues: 1\n');
    const { code, err } = await fledgeOn({}, [...once, '--queue', 'mail', url]);
    expect({ code, err }).toEqual({
      code: 1,
      err: expect.stringContaining('Did you mean "mailers"?') as string,
    });
  });

  it.each([
    [['--every', 'often'], '--every is "often", which is not a duration'],
    [['--every', '1ms'], '--every is "1ms". Use a duration from 200 ms to 1 h.'],
    [['--every', ''], '--every is empty'],
  ])('refuses %j', async (args, message) => {
    const { code, err } = await fledgeOn({}, ['watch', ...args, 'redis://127.0.0.1:1']);
    expect({ code, err }).toEqual({ code: 2, err: expect.stringContaining(message) as string });
  });
});

describe('a sample of a store', () => {
  it('counts each finished job once, whatever the time between two samples', async () => {
    const own = await busyStore();
    PatientJob.end();
    await until('the waiting jobs are done', async () => (await own.inspector.queues())[0]?.size === 0);
    const sampler = new StoreSampler(own.app.get(Store), undefined);
    expect((await sampler.sample()).queues[0]).toMatchObject({ name: 'default', rates: undefined });
    const count = 30;
    let done = 0;
    let before = (await sampler.sample()).at;
    const receipts = await own.jobs.enqueueAll(
      NoteJob,
      Array.from({ length: count }, (_, n) => ({ note: String(n) })),
    );
    expect(receipts).toHaveLength(count);
    await until('all jobs are counted', async () => {
      const { at, queues } = await sampler.sample();
      done += ((queues[0]?.rates?.done ?? 0) * (at - before)) / 1_000;
      before = at;
      expect(Math.round(done)).toBeLessThanOrEqual(count);
      return Math.round(done) === count;
    });
  });
});
