import fc from 'fast-check';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { expect, it, onTestFinished } from 'vitest';
import { commands } from '../../src/cli/commands.js';
import { fledgeOn } from '../support/fledge-command.js';
import { fuzz } from '../support/fuzz.js';
import { hostileStore, type HostileWords } from '../support/hostile-store.js';
import { forged, hostileText, hostileUnits, offences } from '../support/hostile-text.js';
import { ownRedis } from '../support/redis-server.js';

interface Invocation {
  /** Without the URL of the store, which is the last argument. */
  readonly args: readonly string[];
  /** For commands that use no store. */
  readonly noStore?: true;
}

const on = (...args: string[]): Invocation => ({ args });

/** The calls of each command. A new command must be added here. Calls with `--json` come after the others. */
const tried: Readonly<Record<string, (text: string, healthPort: number) => Invocation[]>> = {
  ps: () => [on('ps')],
  queues: (text) => [on('queues'), on('queues', '--queue', text)],
  jobs: (text) => [
    ...['waiting', 'scheduled', 'retrying', 'running', 'dead', 'completed', text].map((state) =>
      on('jobs', state),
    ),
    on('jobs', '--by-class'),
    ...['--queue', '--job', '--error', '--cursor'].map((filter) => on('jobs', filter, text)),
  ],
  cron: (text) => [
    on('cron'),
    ...['pause', 'resume', 'run'].flatMap((what) => [
      on('cron', what, 'nightly'),
      on('cron', what, text),
      on('cron', what, `n${text}`),
    ]),
  ],
  watch: (text) => [on('watch', '--every', '200ms'), on('watch', '--every', '200ms', '--queue', text)],
  enqueue: (text) => [
    ...['nobody', text, `n${text}`].map((name) => on('enqueue', name)),
    on('enqueue', 'nobody', text),
    on('enqueue', text, '{}', '--unique-key', '1'),
    on('enqueue', text, '{}', '--not-unique', '--without-middleware'),
    on('enqueue', text, '{}', '--not-unique', '--without-middleware', '--queue', text),
  ],
  job: (text) => [
    ...['dead1', 'comp1', 'wait1', 'nobody', text, `dead${text}`].map((id) => on('job', id)),
    on('job', 'dead1', '--payload'),
    on('job', 'wait1', '--queue', text),
  ],
  dead: (text) => [
    on('dead'),
    ...['--queue', '--job', '--error'].map((filter) => on('dead', filter, text)),
    ...['comp1', 'nobody', text].flatMap((id) => [on('dead', 'retry', id), on('dead', 'discard', id)]),
    on('dead', 'retry', `dead${text}`),
    on('dead', 'discard', '--all'),
  ],
  cancel: (text) => [
    ...['comp1', 'nobody', text].map((id) => on('cancel', id)),
    on('cancel', 'del1', '--reason', text),
  ],
  pause: (text) => [
    on('pause', 'queue', 'default'),
    on('pause', 'job', `n${text}`),
    ...['queue', 'job', text].map((kind) => on('pause', kind, text)),
    on('pause'),
    on('queues'),
    on('ps'),
    on('jobs'),
  ],
  resume: (text) => [
    on('resume', 'queue', 'default'),
    on('resume', 'job', `n${text}`),
    ...['queue', 'job', text].map((kind) => on('resume', kind, text)),
  ],
  quiet: (text) => [on('quiet', 'nobody:1:x'), on('quiet', `id${text}`), on('quiet', text)],
  stop: (text) => [on('stop', 'h:1:x'), on('stop', `id${text}`)],
  doctor: () => [on('doctor')],
  completion: (text) =>
    ['bash', 'zsh', 'fish', text].map((shell) => ({ args: ['completion', shell], noStore: true })),
  dev: (text) => [text, `--${text}`].map((word) => ({ args: ['dev', word], noStore: true })),
  init: (text) => [{ args: ['init', '--dry-run', '--project', text], noStore: true }],
  version: () => [{ args: ['version'], noStore: true }],
  healthcheck: (text, port) =>
    [String(port), '1', text].map((place) => ({ args: ['healthcheck', '--port', place], noStore: true })),
};

/** A call with `--json`, and where its output contains the text. */
const asJson: readonly (readonly string[])[] = [
  ['ps', '--json'],
  ['cron', '--json'],
  ['job', 'dead1', '--payload', '--json'],
  ['job', 'comp1', '--json'],
  ['dead', '--json'],
  ['jobs', 'completed', '--json'],
  ['doctor', '--json'],
  ['watch', '--every', '200ms', '--json'],
];

function fledge({ args, noStore }: Invocation, url: string): Promise<{ out: string; err: string }> {
  return fledgeOn({ width: 80 }, [...args, ...(noStore ? [] : [url])]);
}

/** A health server that answers with this text. */
async function answering(body: () => string): Promise<number> {
  const server = createServer((_, response) => response.end(body())).listen(0, '127.0.0.1');
  onTestFinished(() => void server.close());
  await new Promise((resolve) => server.once('listening', resolve));
  return (server.address() as AddressInfo).port;
}

const words = fc.record({ text: hostileText, units: hostileUnits });

it('the test runs every command of the CLI', () =>
  expect(Object.keys(tried).toSorted()).toEqual(Object.keys(commands).toSorted()));

it('no command prints control sequences or a forged line, whatever the store contains', async () => {
  const { url } = await ownRedis();
  let said = '';
  const port = await answering(() => said);
  await fc.assert(
    fc.asyncProperty(words, async ({ text, units }: HostileWords) => {
      said = units;
      await hostileStore(url, { text, units });
      const strange = [on(text), on('ps', `--${text}`), on('help', text)];
      const all = [...Object.values(tried).flatMap((invocations) => invocations(text, port)), ...strange];
      for (const invocation of all) {
        const { out, err } = await fledge(invocation, url);
        expect({ args: invocation.args, offences: offences(out + err), forged: forged(out + err) }).toEqual({
          args: invocation.args,
          offences: [],
          forged: [],
        });
      }
    }),
    fuzz(2),
  );
});

it('JSON output is printable and has the exact strings of the store', async () => {
  const { url } = await ownRedis();
  await fc.assert(
    fc.asyncProperty(words, async ({ text, units }: HostileWords) => {
      await hostileStore(url, { text, units });
      for (const args of asJson) {
        const { out, err } = await fledge({ args }, url);
        expect({ args, offences: offences(out), lines: out.split('\n').length, err }).toEqual({
          args,
          offences: [],
          lines: 1,
          err: '',
        });
        const strings = stringsOf(JSON.parse(out));
        expect({ args, holds: strings.some((one) => one.includes(text) || one.includes(units)) }).toEqual({
          args,
          holds: true,
        });
      }
    }),
    fuzz(6),
  );
});

function stringsOf(value: unknown): string[] {
  if (typeof value === 'string') return [value];
  return typeof value === 'object' && value !== null
    ? [...Object.keys(value), ...Object.values(value).flatMap(stringsOf)]
    : [];
}
