import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join, relative, sep } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';

const src = fileURLToPath(new URL('../src', import.meta.url));

/** Files of `jobs` that know nothing but each other. */
const leaves = new Set(
  [
    'attempt',
    'backoff',
    'bulk-enqueue-error',
    'cancellations',
    'control-errors',
    'current-attempt',
    'diagnosis',
    'duration',
    'edited-envelope',
    'enqueue-options',
    'envelope',
    'error-rules',
    'errors',
    'events',
    'failure-handler',
    'fleet',
    'health-address',
    'inventory',
    'job',
    'job-id',
    'job-log-level',
    'json',
    'latch',
    'middleware',
    'nearest',
    'notes',
    'options',
    'outcome',
    'policy',
    'positive-integer',
    'queue-plan',
    'receipt',
    'retention',
    'running-attempts',
    'schedule',
    'schedule-entry',
    'slices',
    'store',
    'stored-error',
    'tick',
    'timetable',
    'unique',
    'values/json-check',
    'values/json-copy',
    'values/printable',
    'values/quoted',
    'values/readers',
    'values/readings',
    'values/redact-recipients',
    'values/redact-secrets',
    'values/redaction',
    'values/server-url',
    'within',
  ].map((name) => `jobs/${name}.ts`),
);

/** The only files outside a store's folder that load it. */
const reaching = new Set(['jobs/open-store.ts', 'jobs/doctor.ts']);

/** What starts a Redis for tests: of Node alone, and nothing of the library, so that the demo may have it too. */
const startingServers = new Set(['testing/private-redis.ts', 'testing/free-port.ts']);

interface Import {
  readonly from: string;
  /** A file below src, or a package's name. */
  readonly to: string;
}

const files = readdirSync(src, { recursive: true, encoding: 'utf8' })
  .map((file) => file.split(sep).join('/'))
  .filter((file) => file.endsWith('.ts') && !file.endsWith('.spec.ts'));

const imports: Import[] = files.flatMap((from) => {
  // Without comments, and without the code that schematics write.
  const text = readFileSync(join(src, from), 'utf8').replace(/\/\*[\s\S]*?\*\/|^\s*\/\/.*$|`[^`]*`/gm, '');
  return [...text.matchAll(/(?:\bfrom|\bimport)\s*\(?\s*'([^']+)'/g)].map(([, target]) => ({
    from,
    to: target!.startsWith('.')
      ? resolveFile(from, target!)
      : target!
          .split('/')
          .slice(0, target!.startsWith('@') ? 2 : 1)
          .join('/'),
  }));
});

function resolveFile(from: string, target: string): string {
  return relative(src, join(src, dirname(from), target.replace(/\.js$/, '.ts')))
    .split(sep)
    .join('/');
}

/** Imports that `may` forbids, as readable lines. */
function forbidden(among: (file: Import) => boolean, may: (file: Import) => boolean): string[] {
  return imports.filter((one) => among(one) && !may(one)).map(({ from, to }) => `${from} → ${to}`);
}

const isFile = ({ to }: Import): boolean => to.endsWith('.ts');
const within = (folder: string) => (file: string) => file.startsWith(`${folder}/`);

describe('who imports whom', () => {
  it('reads the imports at all', () => {
    expect(files).toContain('jobs/bull/settle.ts');
    expect(imports).toContainEqual({ from: 'jobs/bull/settle.ts', to: 'bullmq' });
    expect(imports).toContainEqual({ from: 'jobs/open-store.ts', to: 'jobs/bull/bull-store.ts' });
    expect([...leaves].filter((leaf) => !files.includes(leaf))).toEqual([]);
  });

  it('leaves import leaves', () => {
    expect(
      forbidden(
        (one) => leaves.has(one.from) && isFile(one),
        ({ to }) => leaves.has(to),
      ),
    ).toEqual([]);
  });

  it('the library never imports the application or the demo, nor its own barrels', () => {
    const library = ({ from }: Import): boolean =>
      ['jobs', 'mailers', 'cli', 'schematics', 'testing'].some((folder) => within(folder)(from));
    expect(forbidden(library, ({ to }) => !/^(app|demo|main)/.test(to))).toEqual([]);
    expect(forbidden(library, ({ from, to }) => to !== `${from.split('/')[0]}/index.ts`)).toEqual([]);
  });

  it('jobs imports jobs; the stores import leaves and their own; only open-store and doctor reach for a store', () => {
    expect(
      forbidden(
        (one) => within('jobs')(one.from) && isFile(one),
        ({ to }) => within('jobs')(to),
      ),
    ).toEqual([]);
    for (const store of ['jobs/bull', 'jobs/memory']) {
      const own = (one: Import): boolean => within(store)(one.from) && isFile(one);
      expect(forbidden(own, ({ to }) => leaves.has(to) || within(store)(to))).toEqual([]);
      const outside = (one: Import): boolean => within(store)(one.to) && !within(store)(one.from);
      // The testing kit is the memory store with a clock that it holds; on a real server it cleans up after itself.
      const isKit = ({ from, to }: Import): boolean =>
        within('testing')(from) && (store === 'jobs/memory' || to === 'jobs/bull/own-keys.ts');
      expect(forbidden(outside, (one) => reaching.has(one.from) || isKit(one))).toEqual([]);
    }
  });

  it('only bull/ touches its engine, only mailers/ nodemailer and what makes mails', () => {
    const engine = ({ to }: Import): boolean => ['bullmq', '@nestjs/bullmq', 'ioredis'].includes(to);
    expect(forbidden(engine, ({ from }) => within('jobs/bull')(from))).toEqual([]);
    expect(
      forbidden(
        ({ to }) => ['nodemailer', 'liquidjs', 'mjml', 'html-to-text'].includes(to),
        ({ from }) => within('mailers')(from),
      ),
    ).toEqual([]);
  });

  it('mailers know jobs by their public surface', () => {
    const outward = (one: Import): boolean => within('mailers')(one.from) && isFile(one);
    expect(forbidden(outward, ({ to }) => within('mailers')(to) || to === 'jobs/index.ts')).toEqual([]);
  });

  it('the testing kit knows jobs by their parts, mailers by their public surface, and nobody knows the kit', () => {
    const outward = (one: Import): boolean => within('testing')(one.from) && isFile(one);
    const allowed = (to: string): boolean =>
      within('testing')(to) || (within('jobs')(to) && to !== 'jobs/index.ts') || to === 'mailers/index.ts';
    expect(forbidden(outward, ({ to }) => allowed(to))).toEqual([]);
    const isDemo = ({ from, to }: Import): boolean => within('demo')(from) && startingServers.has(to);
    expect(
      forbidden(
        ({ to }) => within('testing')(to),
        (one) => within('testing')(one.from) || isDemo(one),
      ),
    ).toEqual([]);
    expect(
      forbidden(
        (one) => startingServers.has(one.from) && isFile(one),
        ({ to }) => startingServers.has(to),
      ),
    ).toEqual([]);
    // Only who uses this subpath has Vitest.
    expect(
      forbidden(
        ({ to }) => to === 'vitest',
        ({ from }) => from === 'testing/vitest.ts',
      ),
    ).toEqual([]);
  });

  it('so does the command, but for leaves: a health check must not load Nest every few seconds', () => {
    const outward = (one: Import): boolean => within('cli')(one.from) && isFile(one);
    const allowed = (to: string): boolean => within('cli')(to) || to === 'jobs/index.ts' || leaves.has(to);
    expect(forbidden(outward, ({ to }) => allowed(to))).toEqual([]);
    const light = ['main', 'run', 'arguments', 'command', 'commands', 'output', 'healthcheck'].map(
      (name) => `cli/${name}.ts`,
    );
    expect(
      forbidden(
        ({ from }) => light.includes(from),
        ({ to }) => to !== 'jobs/index.ts',
      ),
    ).toEqual([]);
  });

  it('the command needs no package of an application', () => {
    const packages = (one: Import): boolean => within('cli')(one.from) && !isFile(one);
    expect(forbidden(packages, ({ to }) => to.startsWith('node:'))).toEqual([]);
  });

  it('schematics know nothing else of the library, and load no package but yaml', () => {
    const schematics = ({ from }: Import): boolean => within('schematics')(from);
    expect(
      forbidden(
        (one) => schematics(one) && isFile(one),
        ({ to }) => within('schematics')(to),
      ),
    ).toEqual([]);
    // Of the application's own, or of the Nest command: whoever never runs `nest add` downloads nothing for it.
    const typesOnly = ['@angular-devkit/schematics', 'typescript'];
    const packages = (one: Import): boolean => schematics(one) && !isFile(one) && !typesOnly.includes(one.to);
    expect(forbidden(packages, ({ to }) => to === 'yaml' || to.startsWith('node:'))).toEqual([]);
    const text = files
      .filter((file) => within('schematics')(file))
      .map((file) => readFileSync(join(src, file), 'utf8'));
    const loaded = new RegExp(`^import (?!type ).*'(${typesOnly.join('|')})'`, 'm');
    expect(text.filter((one) => loaded.test(one))).toEqual([]);
  });

  it('the application and its entrypoints use the library by its name; the demo starts a server with the kit’s, and knows nothing else', () => {
    const application = ({ from }: Import): boolean => within('app')(from) || from.startsWith('main');
    expect(
      forbidden(
        (one) => application(one) && isFile(one),
        ({ to }) => within('app')(to),
      ),
    ).toEqual([]);
    expect(forbidden(({ to }) => to === 'nestjs-fledge', application)).toEqual([]);
    expect(
      forbidden(
        (one) => within('demo')(one.from) && isFile(one),
        ({ to }) => within('demo')(to) || startingServers.has(to),
      ),
    ).toEqual([]);
  });

  it('few files write to the terminal, and what they write is made printable', () => {
    // Comments apart; the demo and the application's own entrypoint are examples.
    const library = files.filter((file) => /^(cli|jobs|mailers|testing)\//.test(file));
    const code = new Map(
      library.map((file) => [
        file,
        readFileSync(join(src, file), 'utf8').replace(/\/\*[\s\S]*?\*\/|^\s*\/\/.*$/gm, ''),
      ]),
    );
    const writes = library.filter((file) =>
      /\bstd(out|err)\b.*\n?.*write|console\.\w+\(|writeSync\(/.test(code.get(file)!),
    );
    expect(writes.toSorted()).toEqual([
      'cli/main.ts',
      'jobs/worker/emf-metrics.ts',
      'jobs/worker/loop-watchdog.ts',
      'jobs/worker/worker-logger.ts',
      'jobs/worker/worker-process.ts',
    ]);
    const printing = [
      'cli/output.ts',
      'cli/run.ts',
      'jobs/event-log.ts',
      'jobs/worker/plan.ts',
      ...writes.slice(1),
    ];
    expect(printing.filter((file) => !code.get(file)!.includes('values/printable.js'))).toEqual([]);
  });

  it('has no cycles', () => {
    expect(cycle()).toBeUndefined();
  });
});

/** A path that comes back to where it began. */
function cycle(): string | undefined {
  const done = new Set<string>();
  const visit = (file: string, path: readonly string[]): string | undefined => {
    if (path.includes(file)) return [...path.slice(path.indexOf(file)), file].join(' → ');
    if (done.has(file)) return undefined;
    for (const { to } of imports.filter((one) => one.from === file && isFile(one))) {
      const found = visit(to, [...path, file]);
      if (found) return found;
    }
    done.add(file);
    return undefined;
  };
  for (const file of files) {
    const found = visit(file, []);
    if (found) return found;
  }
  return undefined;
}
