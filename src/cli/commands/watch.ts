import { setTimeout as sleep } from 'node:timers/promises';
import { FledgeError } from '../../jobs/index.js';
import { withSampler, type StoreSample, type StoreSampler } from '../../jobs/internals.js';
import { hour } from '../../jobs/values/duration.js';
import { readDuration, refuseEmpty } from '../shell/arguments.js';
import { defineCommand, exit, type Output } from '../shell/command.js';
import type { LiveTerminal } from '../shell/output.js';
import { onScreen, type Screen } from '../shell/screen/screen.js';
import { storeUrl, urlWord } from '../shell/store-url.js';
import { isoTime } from '../shell/times.js';
import { pausedJson } from './tables/paused-table.js';
import { frameOf } from './watch/frame.js';
import type { View, ViewStyle } from './watch/view.js';

const usual = '2s';
/** In milliseconds. */
const intervals = { least: 200, most: hour };

export const watch = defineCommand({
  name: 'watch',
  summary: 'shows queues, workers, running jobs and failures, and keeps them up to date',
  usages: ['[url]'],
  about: [
    'Shows the store on the whole terminal until you press q or Ctrl-C: the queues with their rates, the workers, the running jobs with their progress, and the last failures. If the store goes away, the header says so, and the last figures stay until it is back.',
    'DONE/S counts the jobs that completed or died, and that the store keeps. With a small retention.completed.count it is too low. GROWTH/S is how much the number of waiting jobs grows. The last failures are the newest dead jobs, and the retrying jobs that are due next. Workers report every 10 s.',
    'In a file or a pipe, and with --json, it measures for one interval, prints one frame and ends. The JSON is one object: { store, at, every, complete, queues, workers, paused, running, failures }. A rate is null until it was measured.',
  ],
  words: urlWord,
  flags: {
    every: { type: 'string', value: 'duration', help: `how often to look at the store. Default: ${usual}` },
    queue: { type: 'string', value: 'queue', help: 'only this queue' },
    utc: { type: 'boolean', help: "prints times in UTC. Default: this machine's time zone" },
  },
  exits: '0 done, 1 the queue does not exist, or no connection at the start',
  async run({ values, words, output }) {
    refuseEmpty(values);
    const target = storeUrl(words, { command: 'watch', output });
    const style = { every: readDuration(values.every ?? usual, '--every', intervals), utc: values.utc };
    await withSampler(target, output.env, values.queue, async (sampler) => {
      const first = await sampler.sample();
      const { live } = output;
      if (live && !output.json) await watchLive(first, sampler, live, output.colours, style);
      else await printOnce(sampler, style, output);
    });
    return exit.ok;
  },
});

type Style = Pick<ViewStyle, 'every' | 'utc'>;

/** Redraws until a key or a signal ends it. */
async function watchLive(
  first: StoreSample,
  sampler: StoreSampler,
  terminal: LiveTerminal,
  colours: boolean,
  style: Style,
): Promise<void> {
  await onScreen(terminal, colours, async (screen) => {
    let view: View = { sample: first, takenAt: Date.now() };
    while (!screen.ended.aborted) {
      const shown = view;
      screen.show((size) => frameOf(shown, { ...style, hasKeys: terminal.hasKeys }, size, Date.now()));
      await pause(style.every, screen);
      if (!screen.ended.aborted) view = await orEnd(next(view, sampler), view, screen);
    }
  });
}

async function pause(milliseconds: number, { ended }: Screen): Promise<void> {
  await sleep(milliseconds, undefined, { signal: ended }).catch(() => undefined);
}

/** The store may take seconds to answer. A key ends the command anyway. */
function orEnd(pending: Promise<View>, last: View, { ended }: Screen): Promise<View> {
  return new Promise((resolve, reject) => {
    const end = (): void => resolve(last);
    ended.addEventListener('abort', end);
    void pending.then(resolve, reject).finally(() => ended.removeEventListener('abort', end));
  });
}

/** Takes the next sample. While the store does not answer, the last one stays. */
async function next({ sample, takenAt, outage }: View, sampler: StoreSampler): Promise<View> {
  try {
    return { sample: await sampler.sample(), takenAt: Date.now() };
  } catch (thrown) {
    if (!(thrown instanceof FledgeError)) throw thrown;
    const since = outage?.since ?? Date.now();
    return { sample, takenAt, outage: { message: thrown.message, since } };
  }
}

async function printOnce(sampler: StoreSampler, style: Style, output: Output): Promise<void> {
  await sleep(style.every);
  const sample = await sampler.sample();
  const view = { sample, takenAt: output.now };
  const size = { width: output.width, height: undefined };
  output.show(asJson(sample, style.every), () =>
    frameOf(view, { ...style, hasKeys: false }, size, output.now),
  );
}

/** Without payloads and results, which may contain personal data. JSON has no undefined, so a rate that is not known is null. */
function asJson(
  { store, at, queues, complete, members, paused, running, failures }: StoreSample,
  every: number,
): object {
  const withoutPayload = (jobs: StoreSample['running']): object[] =>
    jobs.map((job) => {
      const { payload: _, result: __, ...shown } = job;
      return shown;
    });
  return {
    store,
    at: isoTime(at),
    every,
    complete,
    queues: queues.map(({ consumers = null, rates = null, ...queue }) => ({ ...queue, consumers, rates })),
    workers: members.map(({ startedAt, running: jobs, ...member }) => ({
      ...member,
      startedAt: isoTime(startedAt),
      running: jobs.map(({ id }) => id),
    })),
    paused: paused.map(pausedJson),
    running: withoutPayload(running),
    failures: withoutPayload(failures),
  };
}
