import { Redis } from 'ioredis';
import { examineStore } from 'nestjs-fledge';
import { hostname } from 'node:os';
import { describe, expect, inject, it, onTestFinished } from 'vitest';
import { widthOf } from '../../src/cli/shell/text.js';
import { busyStore, day, NoteJob, type BusyStore } from '../support/busy-store.js';
import { fledgeOn } from '../support/fledge-command.js';
import { privateUrl } from '../support/jobs-app.js';
import { ownRedis } from '../support/redis-server.js';
import { until } from '../support/until.js';

const widths = [60, 80, 160] as const;

interface Opened extends BusyStore {
  /** Runs a command three days later, so that distances are known. Hosts have names of one length in its output. */
  readonly show: (width: number | undefined, ...args: string[]) => Promise<string[]>;
  readonly json: (...args: string[]) => Promise<unknown>;
  readonly run: (...args: string[]) => ReturnType<typeof fledgeOn>;
}

async function opened(): Promise<Opened> {
  const store = await busyStore();
  const { url } = store;
  const now = Date.now() + 3 * day;
  const run: Opened['run'] = (...args) => fledgeOn({ now }, [...args, url]);
  const show: Opened['show'] = async (width, ...args) => {
    const { code, out, err } = await fledgeOn({ width, now }, [...args, url]);
    expect({ args, code, err }).toEqual({ args, code: 0, err: '' });
    const ids = Object.entries(store.ids);
    const masked = ids.reduce(
      (all, [state, id]) => all.replaceAll(id, `<${state}>`.padEnd(id.length, '.')),
      out,
    );
    return masked.split('\n');
  };
  const json: Opened['json'] = async (...args) => {
    const { code, out, err } = await fledgeOn({ width: 60, colours: true, now }, [...args, url, '--json']);
    expect({ args, code, err, lines: out.split('\n').length }).toEqual({ args, code: 0, err: '', lines: 1 });
    return JSON.parse(out);
  };
  return { ...store, run, show, json };
}

/** The store as an operator with a short host name would leave it. */
async function withPauses(): Promise<Opened> {
  const store = await opened();
  const { url, inspector } = store;
  await inspector.pauseQueue('mailers');
  await inspector.pauseJob(NoteJob);
  await inspector.pauseJob('UserMailer.welcome');
  const client = new Redis(inject('redisUrl'));
  onTestFinished(() => client.disconnect());
  const prefix = new URL(url).searchParams.get('prefix');
  const [key] = await client.keys(`*${prefix}*:$paused`);
  const since = Date.now();
  for (const [i, name] of ['NoteJob', 'UserMailer.welcome'].entries())
    await client.hset(String(key), name, JSON.stringify({ since: since + i, host: 'bastion-1' }));
  return store;
}

const isoTime = expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/) as string;
const paused = [
  { kind: 'job', name: 'NoteJob', since: isoTime, host: 'bastion-1' },
  { kind: 'job', name: 'UserMailer.welcome', since: isoTime, host: 'bastion-1' },
];
const pausedQueue = { kind: 'queue', name: 'mailers', since: null, host: null };

describe('fledge pause', () => {
  it.each(widths)('lists what is paused on %d columns', async (width) => {
    const { show } = await withPauses();
    expect(await show(width, 'pause')).toEqual([
      'PAUSED  NAME                SINCE    FROM HOST',
      'queue   mailers',
      'job     NoteJob             3 d ago  bastion-1',
      'job     UserMailer.welcome  3 d ago  bastion-1',
    ]);
  });

  it('puts columns below each other on a narrow terminal', async () => {
    const { show } = await withPauses();
    expect(await show(40, 'pause')).toEqual([
      'PAUSED  NAME                SINCE',
      'queue   mailers',
      'job     NoteJob             3 d ago',
      '  FROM HOST bastion-1',
      'job     UserMailer.welcome  3 d ago',
      '  FROM HOST bastion-1',
    ]);
  });

  it('lists as JSON', async () => {
    const { json } = await withPauses();
    expect(await json('pause')).toEqual({ items: [pausedQueue, ...paused], next: null });
  });

  it('pauses and resumes jobs and queues, and says whether that changed anything', async () => {
    const { show, json } = await opened();
    expect(await show(160, 'pause')).toEqual(['Nothing is paused.']);
    expect(await show(160, 'pause', 'job', 'NoteJob')).toEqual([
      'Jobs of NoteJob are paused. Running jobs continue. To resume them, run fledge resume job NoteJob.',
    ]);
    expect(await show(80, 'pause', 'job', 'NoteJob')).toEqual(['Jobs of NoteJob are already paused.']);
    expect(await show(60, 'pause', 'queue', 'mailers')).toEqual([
      'The queue mailers is paused. Running jobs continue. To',
      '  resume it, run fledge resume queue mailers.',
    ]);
    expect(await show(80, 'pause', 'queue', 'mailers')).toEqual(['The queue mailers is already paused.']);
    expect(await show(80, 'resume', 'job', 'NoteJob')).toEqual(['Jobs of NoteJob are resumed.']);
    expect(await show(80, 'resume', 'job', 'NoteJob')).toEqual(['Jobs of NoteJob were not paused.']);
    expect(await show(80, 'resume', 'queue', 'mailers')).toEqual(['The queue mailers is resumed.']);
    expect(await show(80, 'resume', 'queue', 'mailers')).toEqual(['The queue mailers was not paused.']);
    for (const [kind, name] of [
      ['job', 'UserMailer'],
      ['queue', 'default'],
    ] as const) {
      const report = { kind, name, changed: true };
      expect(await json('pause', kind, name)).toEqual({ action: 'pause', ...report });
      expect(await json('pause', kind, name)).toEqual({ action: 'pause', ...report, changed: false });
      expect(await json('resume', kind, name)).toEqual({ action: 'resume', ...report });
    }
  });

  it('stops the worker, which takes the jobs again when they are resumed', async () => {
    const { run, jobs, inspector, event, json } = await opened();
    await run('pause', 'job', 'ChargeCardJob');
    await event('worker-paused', ({ name }) => name === 'ChargeCardJob');
    expect(await json('pause')).toEqual({
      items: [{ kind: 'job', name: 'ChargeCardJob', since: isoTime, host: hostname() }],
      next: null,
    });
    const { ChargeCardJob } = await import('../support/busy-store.js');
    const { id } = await jobs.enqueue(ChargeCardJob, undefined, { queue: 'mailers' });
    await until('it waits', async () => {
      const job = await inspector.find(id);
      return job?.state === 'scheduled' && job.paused;
    });
    await run('resume', 'job', 'ChargeCardJob');
    await until('it failed', async () => (await inspector.find(id))?.state === 'retrying');
  });

  it('refuses unknown names with exit code 1, and suggests the right one', async () => {
    const { run } = await opened();
    for (const action of ['pause', 'resume']) {
      const job = await run(action, 'job', 'NoteJbo');
      expect(job).toMatchObject({ code: 1, out: '' });
      expect(job.err).toContain('fledge: Unknown job "NoteJbo". Did you mean "NoteJob"? Use one of ');
      const mailer = await run(action, 'job', 'UsrMailer');
      expect(mailer.err).toContain('Did you mean "UserMailer"?');
      const queue = await run(action, 'queue', 'mailer');
      expect(queue).toMatchObject({ code: 1, out: '' });
      expect(queue.err).toContain('Unknown queue "mailer". Did you mean "mailers"?');
      const error = await run(action, 'job', 'NoteJbo', '--json');
      expect(JSON.parse(error.err)).toMatchObject({ error: { code: 'FLEDGE_JOB_NAME_UNKNOWN' } });
    }
  });

  it('takes any name while no worker reports its jobs', async () => {
    const url = privateUrl(inject('redisUrl'));
    expect((await fledgeOn({}, ['pause', 'job', 'AnyJob', url])).code).toBe(0);
    expect((await fledgeOn({}, ['pause', 'queue', 'any', url])).code).toBe(0);
    expect((await fledgeOn({}, ['pause', url])).out.split('\n')).toHaveLength(3);
  });

  it('resumes jobs of a class that is gone', async () => {
    const { url, run, worker } = await opened();
    await worker.stop();
    expect((await fledgeOn({}, ['pause', 'job', 'GoneJob', url])).code).toBe(0);
    const again = await busyStore();
    expect(again.url).not.toBe(url);
    expect(await run('resume', 'job', 'GoneJob')).toMatchObject({
      code: 0,
      out: 'Jobs of GoneJob are resumed.',
    });
  });

  it.each([
    ['pause job', 'Missing argument: the name of a job class or mailer.'],
    ['pause queue', 'Missing argument: the name of a queue.'],
    ['pause job NoteJob redis://a redis://b', 'Too many arguments.'],
    ['pause jbo', 'Unknown action "jbo" of fledge pause. Did you mean "job"?'],
    ['pause NoteJob', 'Unknown action "NoteJob" of fledge pause. Use one of queue, job.'],
    ['resume', 'Missing argument: queue or job.'],
    ['resume redis://localhost', 'Missing argument: queue or job.'],
    ['resume quee', 'Unknown action "quee" of fledge resume. Did you mean "queue"?'],
    ['resume job', 'Missing argument: the name of a job class or mailer.'],
    ['resuem', 'Did you mean "resume"?'],
  ])('ends with exit code 2 for fledge %s', async (line, message) => {
    const { code, out, err } = await fledgeOn({}, line.split(' '));
    expect({ code, out }).toEqual({ code: 2, out: '' });
    expect(err).toContain(message);
  });

  it('ends with exit code 1 if the store does not answer', async () => {
    const redis = await ownRedis();
    await redis.stop();
    for (const args of [['pause'], ['pause', 'job', 'NoteJob'], ['resume', 'queue', 'default']]) {
      const { code, err } = await fledgeOn({}, [...args, redis.url]);
      expect({ args, code }).toEqual({ args, code: 1 });
      expect(err).toContain('fledge: ');
    }
  });
});

describe('what is paused is shown by', () => {
  it('fledge jobs and fledge job', async () => {
    const { show, json, ids } = await withPauses();
    const args = ['jobs', '--queue', 'default', '--job', 'NoteJob'];
    expect(await show(80, ...args)).toEqual([
      'ID                                    JOB      STATE   WHEN     QUEUE',
      '<waiting>...........................  NoteJob  paused  3 d ago  default',
      '<scheduled>.........................  NoteJob  paused  in 7 d   default',
    ]);
    expect(await show(60, ...args)).toEqual([
      'ID                                    JOB      STATE',
      '<waiting>...........................  NoteJob  paused',
      '  WHEN 3 d ago  QUEUE default',
      '<scheduled>.........................  NoteJob  paused',
      '  WHEN in 7 d  QUEUE default',
    ]);
    expect((await show(160, ...args)).slice(1).every((line) => / NoteJob {2}paused {2}/.test(line))).toBe(
      true,
    );
    expect(await json(...args)).toMatchObject({
      items: [
        { id: ids.waiting, state: 'waiting', paused: true },
        { id: ids.scheduled, state: 'scheduled', paused: true },
      ],
    });
    expect((await show(80, 'job', ids.mail))[0]).toBe(
      'UserMailer.welcome <mail>.............................. is waiting on default, paused',
    );
    const all = (await json('jobs', '--queue', 'default')) as { items: { id: string; paused?: true }[] };
    const others = all.items.filter((job) => !job.paused).map(({ id }) => id);
    expect(others).toEqual([ids.running, ids.retrying]);
  });

  it('fledge queues', async () => {
    const { show, json } = await withPauses();
    const lines = await show(80, 'queues');
    expect(lines.find((line) => line.startsWith('mailers'))).toMatch(/^mailers {2}paused /);
    expect(lines.slice(-3)).toEqual([
      '',
      'Paused: jobs of NoteJob (3 d ago), jobs of UserMailer.welcome (3 d ago). To',
      'resume, run fledge resume queue <name> or fledge resume job <name>.',
    ]);
    for (const width of widths)
      expect((await show(width, 'queues')).filter((line) => widthOf(line) > width)).toEqual([]);
    expect(await json('queues')).toMatchObject({ paused });
  });

  it('fledge ps', async () => {
    const { show, json } = await withPauses();
    const [, notice] = (await show(undefined, 'ps')).join('\n').split('\n\n').slice(-2);
    expect(notice).toBe(
      'Paused: queue mailers, jobs of NoteJob (3 d ago), jobs of UserMailer.welcome (3 d ago). To resume, run fledge resume queue <name> or fledge resume job <name>.',
    );
    expect(await json('ps')).toMatchObject({ paused: [pausedQueue, ...paused] });
  });

  it('fledge doctor', async () => {
    const { url } = await withPauses();
    const { checks } = await examineStore(url);
    expect(checks.find(({ name }) => name === 'paused queues')).toMatchObject({
      status: 'warning',
      code: 'FLEDGE_QUEUE_PAUSED',
      fix: 'If this is not intended, run fledge resume queue mailers.',
    });
    expect(checks.find(({ name }) => name === 'paused jobs')).toMatchObject({
      status: 'warning',
      code: 'FLEDGE_JOB_PAUSED',
      found: expect.stringMatching(
        /^NoteJob \(for .+, paused on bastion-1\); UserMailer\.welcome \(.+\): workers start no job of them$/,
      ),
      fix: 'If this is not intended, run fledge resume job NoteJob and fledge resume job UserMailer.welcome.',
    });
  });
});
