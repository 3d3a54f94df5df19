import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import type { JobsOptions } from '../../config/jobs-options.js';
import { resolveOptions } from '../../config/resolved-options.js';
import { stopBudget } from '../lifecycle/stop-budget.js';
import { stopTimeoutWarning } from '../stop-timeout.js';
import { parseFlags, usage } from './flags.js';
import { readSources, resolveSettings, type WorkerSettings } from './settings.js';

const declared: JobsOptions = { queues: { default: { concurrency: 3 }, mailers: {}, reports: {} } };

interface Given {
  readonly flags?: string;
  readonly env?: Record<string, string>;
  readonly yml?: string;
  readonly options?: JobsOptions;
}

function settle({ flags = '', env = {}, yml = '', options = declared }: Given): WorkerSettings {
  const args = flags.split(' ').filter(Boolean);
  // Always its own file, because the repository has a config/jobs.yml.
  const file = ['-C', configFile(yml)];
  return resolveSettings(resolveOptions(options, {}), readSources(parseFlags([...file, ...args]), env));
}

function configFile(text: string): string {
  const directory = mkdtempSync(join(tmpdir(), 'fledge-settings-'));
  onTestFinished(() => rmSync(directory, { recursive: true, force: true }));
  const file = join(directory, 'jobs.yml');
  writeFileSync(file, text);
  return file;
}

/** `default ×3, mailers ×5` */
const plan = (given: Given): string =>
  settle(given)
    .queues.map(({ name, concurrency }) => `${name} ×${concurrency}`)
    .join(', ');
const shown = (given: Given, name: string): string =>
  settle(given).shown.find((setting) => setting.name === name)!.value;

describe('which queues, and how many jobs at once', () => {
  it.each<[string, Given]>([
    ['default ×3, mailers ×5, reports ×10', {}],
    ['default ×3, mailers ×5', { env: { JOBS_QUEUES: ' mailers , default,mailers' } }],
    ['mailers ×5', { flags: '--queues mailers', env: { JOBS_QUEUES: 'default' }, yml: 'queues: [reports]' }],
    ['default ×3, mailers ×5', { flags: '-q default -q mailers' }],
    ['default ×3', { env: { JOBS_QUEUES: 'default' }, yml: 'queues: [reports]' }],
    ['reports ×10', { yml: 'queues: [reports]' }],
    ['default ×3, reports ×10', { flags: '--exclude-queues mailers' }],
    ['reports ×10', { yml: 'exclude_queues: [default, mailers]' }],
    ['mailers ×5', { flags: '--exclude-queues default', yml: 'queues: [default, mailers]' }],
    // A place that chooses queues chooses among all of them.
    ['mailers ×5', { flags: '--queues mailers', yml: 'exclude_queues: mailers' }],
    ['default ×20, mailers ×20, reports ×20', { flags: '--concurrency 20' }],
    ['default ×20, mailers ×7, reports ×10', { flags: '-c default=20,mailers=7' }],
    ['default ×2, mailers ×9, reports ×9', { flags: '-c default=2', env: { JOBS_CONCURRENCY: '9' } }],
    ['default ×8, mailers ×8, reports ×8', { yml: 'concurrency: 8' }],
    ['default ×8, mailers ×1, reports ×10', { yml: 'concurrency: { default: 8, mailers: 1 }' }],
    ['default ×20, mailers ×4', { yml: 'concurrency: 4\nqueues: { default: 20, mailers: }' }],
    ['default ×6', { flags: '-c 6', yml: 'queues: { default: 20 }' }],
    ['', { yml: '' }],
  ])('%s', (expected, given) => {
    expect(plan(given)).toBe(expected || 'default ×3, mailers ×5, reports ×10');
  });

  it('takes the section of NODE_ENV before the rest of the file', () => {
    const yml = [
      'concurrency: 4',
      'shutdown_timeout: 20s',
      'production:',
      '  queues: { default: 20 }',
      'test:',
    ].join('\n');
    expect(plan({ yml })).toBe('default ×4, mailers ×4, reports ×4');
    expect(plan({ yml, env: { NODE_ENV: 'test' } })).toBe('default ×4, mailers ×4, reports ×4');
    const production = { yml, env: { NODE_ENV: 'production' } };
    expect(plan(production)).toBe('default ×20');
    expect(settle(production).shutdownTimeout).toBe(20_000);
  });
});

it('shows where each setting came from', () => {
  const given = { flags: '--queues default,mailers', env: { JOBS_CONCURRENCY: 'mailers=2' } };
  expect(shown(given, 'queues')).toBe('default, mailers (--queues)');
  expect(shown(given, 'concurrency')).toBe('default 3 (JobsModule), mailers 2 (JOBS_CONCURRENCY)');
  expect(shown(given, 'shutdown timeout')).toBe('25 s (default)');
  expect(shown(given, 'health')).toBe('off (default)');
  expect(shown({ options: {} }, 'queues')).toBe('default, mailers (default)');
  expect(shown({ yml: 'shutdown_timeout: 10s' }, 'shutdown timeout')).toMatch(/^10 s \(.*jobs\.yml\)$/);
  expect(shown({ options: { shutdownTimeout: '9s', healthPort: 7433 } }, 'shutdown timeout')).toBe(
    '9 s (JobsModule)',
  );
  expect(
    shown({ env: { JOBS_QUEUES: 'default,mailers' }, flags: '--exclude-queues mailers' }, 'queues'),
  ).toBe('default (JOBS_QUEUES minus --exclude-queues)');
});

it('warns of a redis section that the code overrides, because the command would use the section', () => {
  const yml = 'redis: { url: redis://file }\n';
  const { suspicions } = settle({ yml, options: { url: 'redis://code' } });
  expect(suspicions).toEqual([
    expect.stringMatching(/jobs\.yml has a redis section, but the store comes from the url of JobsModule\./),
  ]);
  const ofProduction = { yml: `production:\n  ${yml}`, options: { url: 'redis://code' } };
  expect(settle(ofProduction).suspicions).toEqual([]);
  expect(settle({ ...ofProduction, env: { NODE_ENV: 'production' } }).suspicions).toEqual([
    expect.stringContaining('jobs.yml (production) has a redis section'),
  ]);
  expect(settle({ yml }).suspicions).toEqual([]);
  expect(settle({ options: { url: 'redis://code' } }).suspicions).toEqual([]);
});

it.each<[string, { host: string; port: number } | undefined]>([
  ['7433', { host: '127.0.0.1', port: 7433 }],
  ['0.0.0.0:7433', { host: '0.0.0.0', port: 7433 }],
  ['[::]:7433', { host: '::', port: 7433 }],
  ['off', undefined],
])('health port %s', (value, address) => {
  expect(settle({ flags: `--health-port ${value}` }).health).toEqual(address);
  expect(settle({ yml: `health_port: "${value}"` }).health).toEqual(address);
});

describe('refuses, and suggests the nearest name', () => {
  it.each<[string, Given, RegExp]>([
    ['an unknown flag', { flags: '--queue default' }, /Unknown flag "--queue"\..*Did you mean "--queues"\?/],
    ['an unknown short flag', { flags: '-x' }, /Unknown flag "-x"\. Use one of --queues, /],
    ['a word', { flags: 'check' }, /Unexpected argument "check".* Did you mean "--check"\?.*--help/],
    ['a flag without its value', { flags: '--queues' }, /--queues needs a value: --queues default,mailers/],
    ['a flag in the place of a value', { flags: '--queues --check' }, /--queues needs a value/],
    [
      'an undeclared queue',
      { flags: '-q mailrs' },
      /Unknown queue "mailrs" of --queues\. Did you mean "mailers"\?/,
    ],
    [
      'one in the environment',
      { env: { JOBS_QUEUES: 'x' } },
      /Unknown queue "x" of JOBS_QUEUES\. Use one of default, .*JobsModule\.forRoot/,
    ],
    ['one that is excluded', { flags: '--exclude-queues repots' }, /"repots".*"reports"/],
    ['one with a concurrency', { yml: 'concurrency: { defalt: 3 }' }, /"defalt".*"default"/],
    ['one that a flag hides', { flags: '-c 3', yml: 'concurrency: { defalt: 3 }' }, /"defalt"/],
    ['no queue', { env: { JOBS_QUEUES: ' , ' } }, /JOBS_QUEUES is " , ", which does not name a queue/],
    ['an empty list', { yml: 'queues: []' }, /jobs\.yml: queues is \[\], which does not name a queue/],
    ['all excluded', { flags: '-q default --exclude-queues default' }, /No queue is left/],
    ['a concurrency of 0', { flags: '-c 0' }, /--concurrency is "0", where "0" is not a whole number/],
    ['one that is not a number', { flags: '-c default=many' }, /"many" is not a whole number/],
    ['one without a number', { flags: '-c default=,mailers=2' }, /where a number is missing/],
    ['a time without unit', { flags: '-t 25' }, /--shutdown-timeout is "25", which has no unit.*Write 25s/],
    ['a time that is not one', { env: { JOBS_SHUTDOWN_TIMEOUT: 'soon' } }, /JOBS_SHUTDOWN_TIMEOUT is "soon"/],
    [
      'a port that is not one',
      { flags: '--health-port 99999' },
      /--health-port is "99999", which is neither a port nor host:port/,
    ],
    ['an unknown level', { flags: '--log-level loud' }, /not one of verbose, debug, log/],
    [
      'another logger’s level',
      { env: { JOBS_LOG_LEVEL: 'info' } },
      /JOBS_LOG_LEVEL is "info".*Did you mean log\?/,
    ],
    ['a list for a time', { yml: 'shutdown_timeout: [25s]' }, /is \["25s"\], which is not a duration/],
    ['no time at all', { flags: '-t 0s' }, /--shutdown-timeout is "0s", which is not from 100 ms to 1 d/],
    ['a time that no timer can wait', { flags: '-t 30d' }, /not from 100 ms to 1 d/],
    [
      'an infinity',
      { yml: 'concurrency: .inf' },
      /concurrency is Infinity, where Infinity is not a whole number/,
    ],
    ['two numbers', { flags: '-c default=20=5' }, /"default=20=5" is not queue=number/],
    ['a number without its queue', { flags: '-c =5' }, /"=5" is not queue=number/],
    ['a queue twice', { flags: '-c default=2,default=3' }, /names "default" twice/],
    [
      'a list that contains itself',
      { yml: 'queues: &a [*a]' },
      /queues is a list with a list or an object in it, which is not a list of queues/,
    ],
    [
      'a URL that YAML splits at its commas',
      { yml: 'queues: [u:1:,$secret,!more@h, default]' },
      /^[^$]*queues is a list with a list or an object in it, which is not a list of queues[^$]*$/,
    ],
    [
      'an unknown key',
      { yml: 'concurency: 3' },
      /Unknown setting "concurency" of .*jobs\.yml\. Did you mean "concurrency"\?/,
    ],
    [
      'one in a section that is not used now',
      { yml: 'production:\n  queue: [default]' },
      /Unknown setting "queue" of the section "production" in .*Did you mean "queues"\?/,
    ],
    [
      'a misspelled mapping',
      { yml: 'queus: { default: 3 }' },
      /Is "queus" meant as a setting\? Did you mean "queues"\?/,
    ],
    ['a file that is not a mapping', { yml: '- default' }, /is not a mapping/],
    ['a file that is not YAML', { yml: 'queues: [default' }, /cannot be read: .*line 1/],
    ['a missing file', { flags: '-C nowhere.yml' }, /nowhere\.yml cannot be read: ENOENT/],
  ])('%s', (_, given, message) => {
    expect(() => settle(given)).toThrow(message);
  });
});

it('warns about variables that look misspelled, but not about a platform’s variables', () => {
  const env = {
    JOBS_QUEUE: 'default',
    JOBS_SERVICE_HOST: '10.0.0.1',
    JOBS_TABLE: 'jobs',
    JOBS_URL: 'redis://x',
  };
  expect(settle({ env }).suspicions).toEqual([
    'The environment has JOBS_QUEUE, which is not a setting. Did you mean JOBS_QUEUES?',
  ]);
});

it('warns about a section whose name is close to the environment’s name', () => {
  const { suspicions } = settle({ yml: 'prod:\n  concurrency: 3', env: { NODE_ENV: 'production' } });
  expect(suspicions).toEqual([expect.stringMatching(/has a section "prod", but NODE_ENV is production/)]);
});

it('sections share settings by merge keys, as in Rails', () => {
  const yml = 'base: &base\n  concurrency: 7\nproduction:\n  <<: *base\n  queues: [default]';
  expect(plan({ yml, env: { NODE_ENV: 'production' } })).toBe('default ×7');
});

it('serves a queue that YAML takes for a number', () => {
  expect(plan({ options: { queues: { 2024: {} } }, yml: 'queues: [2024]' })).toBe('2024 ×10');
});

it('shows where the settings of the log and the platform came from', () => {
  const env = { JOBS_LOG_LEVEL: 'debug', JOBS_STOP_TIMEOUT: '30' };
  expect(shown({ env }, 'log')).toBe('debug (JOBS_LOG_LEVEL)');
  expect(shown({ env }, 'stop timeout')).toBe('30 s (JOBS_STOP_TIMEOUT)');
});

it('treats an empty variable as not set', () => {
  expect(plan({ env: { JOBS_QUEUES: '', JOBS_CONCURRENCY: '' } })).toBe(
    'default ×3, mailers ×5, reports ×10',
  );
});

it.each([
  ['25s', '30', false],
  ['25s', '30s', false],
  ['25s', '25s', true],
  ['25s', '10', true],
  ['1m', '120', false],
])('a shutdown timeout of %s and a platform’s of %s', (shutdown, platform, warns) => {
  const settings = settle({ flags: `-t ${shutdown}`, env: { JOBS_STOP_TIMEOUT: platform } });
  expect(stopTimeoutWarning(settings) !== undefined).toBe(warns);
});

it('lists every flag in its help', () => {
  for (const flag of [
    '-C',
    '--queues',
    '--exclude-queues',
    '--concurrency',
    '--shutdown-timeout',
    '--health-port',
    '--check',
  ])
    expect(usage()).toContain(flag);
});

it('reserves the last five seconds of a stop for closing, or half of a short stop', () => {
  expect(stopBudget(25_000)).toEqual({
    wait: 20_000,
    grace: 2_000,
    handBack: 1_000,
    close: 1_000,
    app: 1_000,
  });
  expect(stopBudget(1_000)).toEqual({ wait: 500, grace: 200, handBack: 100, close: 100, app: 100 });
});
