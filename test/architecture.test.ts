import { readdirSync, readFileSync } from 'node:fs';
import { join, posix, sep } from 'node:path';
import { fileURLToPath } from 'node:url';
import ts from 'typescript';
import { beforeAll, describe, expect, it } from 'vitest';

const src = fileURLToPath(new URL('../src', import.meta.url));

interface Room {
  /** Rooms that its files may import in addition to their own. `jobs/*` means every room of jobs. */
  readonly may: readonly string[];
  /** The contents of the room. */
  readonly holds: string;
}

const store = ['jobs/store', 'jobs/config', 'jobs/job', 'jobs/values'];
const work = ['jobs/discovery', 'jobs/events', ...store];

/**
 * The rooms of src, from the lowest. A room may import only rooms that are listed above it. A folder inside a room
 * belongs to that room.
 */
const rooms: Readonly<Record<string, Room>> = {
  'jobs/values': { may: [], holds: 'durations, errors, JSON, ids, names' },
  'jobs/job': { may: ['jobs/values'], holds: 'what a job class or a call may say' },
  'jobs/config': { may: ['jobs/job', 'jobs/values'], holds: 'what forRoot declares, and its resolved form' },
  'jobs/store': {
    may: ['jobs/job', 'jobs/values'],
    holds: 'the port to a store, and the records that pass through it',
  },
  'jobs/events': { may: ['jobs/store', 'jobs/job', 'jobs/values'], holds: 'the stream of events, by family' },
  'jobs/discovery': {
    may: ['jobs/config', 'jobs/job', 'jobs/values'],
    holds: "what is found in Nest's container",
  },
  'jobs/manifest': {
    may: ['jobs/discovery', 'jobs/config', 'jobs/job', 'jobs/values'],
    holds: 'what a client outside of the application has to know',
  },
  'jobs/engines/memory': { may: ['jobs/events', ...store], holds: 'the store in memory' },
  'jobs/engines/bull': { may: ['jobs/events', ...store], holds: 'the store on BullMQ and Redis' },
  'jobs/engines': {
    may: ['jobs/engines/*', 'jobs/events', ...store],
    holds: 'open-store and examine-store, the doors to the stores',
  },
  'jobs/enqueue': { may: work, holds: 'from the call to Store.add' },
  'jobs/perform': { may: work, holds: 'from an attempt to its outcome' },
  'jobs/schedules': { may: work, holds: 'declared schedules, and the commands on them' },
  'jobs/fleet': { may: work, holds: 'which workers are alive, and which queues have none' },
  'jobs/inspect': {
    may: ['jobs/engines', 'jobs/events', ...store],
    holds: 'finds, edits and cancels stored jobs',
  },
  'jobs/observe': {
    may: ['jobs/fleet', 'jobs/schedules', ...work],
    holds: 'the log, metrics and boot checks',
  },
  'jobs/worker': { may: ['jobs/*'], holds: 'the worker process' },
  jobs: { may: ['jobs/*'], holds: 'the front doors: module, service, inspector, index, internals' },
  'mailers/enqueue': {
    may: ['jobs/job', 'jobs/values'],
    holds: 'from a call to the job of a mail; it loads nothing of Nest',
  },
  'mailers/mail': { may: ['mailers/enqueue', 'jobs'], holds: 'what a mail is, and the ports' },
  'mailers/options': { may: ['mailers/mail', 'jobs'], holds: 'what MailersModule.forRoot takes' },
  'mailers/transports': {
    may: ['mailers/options', 'mailers/mail', 'jobs'],
    holds: 'SMTP, SES, files, memory',
  },
  'mailers/middleware': { may: ['mailers/options', 'mailers/mail', 'jobs'], holds: 'ready-made middleware' },
  'mailers/compose': { may: ['mailers/options', 'mailers/mail', 'jobs'], holds: 'from a payload to a mail' },
  'mailers/deliver': {
    may: [
      'mailers/compose',
      'mailers/transports',
      'mailers/options',
      'mailers/mail',
      'mailers/enqueue',
      'jobs',
    ],
    holds: 'from a job to the server’s answer',
  },
  'mailers/preview': {
    may: ['mailers/compose', 'mailers/transports', 'mailers/options', 'mailers/mail', 'jobs'],
    holds: 'the pages of previews and mailbox',
  },
  mailers: { may: ['mailers/*', 'jobs'], holds: 'the front doors' },
  client: {
    may: ['jobs/inspect', 'jobs/enqueue', 'jobs/engines', ...work, 'mailers/enqueue', 'mailers/mail'],
    holds: 'enqueues without Nest',
  },
  'testing/redis': { may: ['jobs/*'], holds: 'a real Redis and worker for integration tests' },
  'testing/records': { may: ['jobs/*', 'mailers'], holds: 'what happened' },
  'testing/expect': { may: ['testing/records', 'jobs/*', 'mailers'], holds: 'matchers and assertions' },
  'testing/kit': { may: ['testing/expect', 'testing/records', 'jobs/*', 'mailers'], holds: 'testJobs' },
  testing: { may: ['testing/*', 'jobs/*'], holds: 'the front doors' },
  'schematics/text': { may: [], holds: 'files of text' },
  'schematics/typescript': { may: ['schematics/text'], holds: 'edits of TypeScript' },
  'schematics/tree': { may: [], holds: 'the files that a schematic changes' },
  'schematics/place': {
    may: ['schematics/tree', 'schematics/text'],
    holds: 'where an application is in its workspace, and what builds it',
  },
  schematics: { may: ['schematics/*'], holds: 'nest add, fledge init and the generators' },
  'cli/shell': { may: ['jobs/job', 'jobs/values', 'jobs'], holds: 'arguments, usage errors, output' },
  'cli/commands': {
    may: ['cli/shell', 'client', 'jobs/job', 'jobs/values', 'jobs'],
    holds: 'one file for each command',
  },
  'cli/init': { may: ['cli/shell', 'schematics'], holds: 'fledge init' },
  cli: { may: ['cli/*', 'jobs/values'], holds: 'the command fledge' },
  app: { may: [], holds: 'the reference application; it imports the library by name' },
  demo: { may: ['testing/redis'], holds: 'npm run demo' },
  '.': { may: ['app'], holds: 'the two entrypoints of the reference application' },
};

/** Packages that may be imported by only one room. */
const packages: Readonly<Record<string, string>> = {
  bullmq: 'jobs/engines/bull',
  '@nestjs/bullmq': 'jobs/engines/bull',
  ioredis: 'jobs/engines/bull',
  croner: 'jobs/job',
  nodemailer: 'mailers',
  liquidjs: 'mailers',
  mjml: 'mailers',
  'html-to-text': 'mailers',
  dotenv: 'cli/shell',
  'string-width': 'cli/shell',
  'nestjs-fledge': 'app',
};

/** The only files of the engines that other folders of `jobs` may import. `inject-queues` loads no engine. */
const engineDoors = ['open-store', 'open-producer', 'examine-store', 'inject-queues'].map(
  (name) => `jobs/engines/${name}.ts`,
);

interface Import {
  readonly from: string;
  /** A file below src, or the name of a package. */
  readonly to: string;
}

const shown = ({ from, to }: Import): string => `${from} → ${to}`;

const files = readdirSync(src, { recursive: true, encoding: 'utf8' })
  .map((file) => file.split(sep).join('/'))
  .filter((file) => file.endsWith('.ts') && !file.endsWith('.spec.ts'));

const imports: readonly Import[] = files.flatMap((from) =>
  ts
    .preProcessFile(readFileSync(join(src, from), 'utf8'), true, true)
    .importedFiles.map(({ fileName }) => ({ from, to: targetOf(from, fileName) })),
);
const internal = imports.filter((one) => one.to.endsWith('.ts'));
const external = imports.filter(({ to }) => !to.endsWith('.ts'));

function targetOf(from: string, specifier: string): string {
  if (specifier.startsWith('.'))
    return posix.normalize(posix.join(posix.dirname(from), specifier.replace(/\.js$/, '.ts')));
  const [scope = '', name] = specifier.split('/');
  return scope.startsWith('@') ? `${scope}/${name}` : scope;
}

const roomNames = Object.keys(rooms).toSorted((a, b) => b.length - a.length);
const roomOf = (file: string): string => roomNames.find((room) => file.startsWith(`${room}/`)) ?? '.';
const isWithin = (file: string, folder: string): boolean => file.startsWith(`${folder}/`);
const without = (list: readonly Import[], allowed: (one: Import) => boolean): string[] =>
  list.filter((one) => !allowed(one)).map(shown);

function mayImport({ from, to }: Import): boolean {
  const [own, other] = [roomOf(from), roomOf(to)];
  return own === other || rooms[own]!.may.some((room) => room === other || isAnyOf(room, other));
}

function isAnyOf(pattern: string, room: string): boolean {
  const folder = pattern.replace(/\/\*$/, '');
  return pattern !== folder && (room === folder || isWithin(room, folder));
}

describe('the rooms of src', () => {
  beforeAll(printTable);

  it('each file belongs to a room of the table, and no room is empty', () => {
    expect(files.filter((file) => file.includes('/') && roomOf(file) === '.')).toEqual([]);
    expect(Object.keys(rooms).filter((room) => !files.some((file) => roomOf(file) === room))).toEqual([]);
  });

  it('each room may import only rooms that are listed above it', () => {
    const order = Object.keys(rooms);
    const upward = order.flatMap((room, floor) =>
      rooms[room]!.may.filter((other) => !other.endsWith('/*') && order.indexOf(other) >= floor).map(
        (other) => `${room} → ${other}`,
      ),
    );
    // Mailers import jobs through its index and internals, and jobs never imports mailers.
    expect(upward).toEqual([]);
  });

  it('each import is allowed by the table', () => {
    expect(without(internal, mayImport)).toEqual([]);
  });

  it('no two folders import each other, at any depth', () => {
    expect(mutualFolders()).toEqual([]);
  });

  it('no files import each other in a cycle', () => {
    expect(cycle()).toBeUndefined();
  });
});

describe('the entry points of the rooms', () => {
  it('jobs reach a store only through open-store and examine-store', () => {
    const inside = internal.filter(
      ({ from, to }) => isWithin(to, 'jobs/engines') && !isWithin(from, 'jobs/engines'),
    );
    // The kit uses the memory store with its own clock. On a real server it removes the keys that it wrote.
    const isKit = ({ from, to }: Import): boolean =>
      isWithin(from, 'testing') &&
      (isWithin(to, 'jobs/engines/memory') || to === 'jobs/engines/bull/connection/erase-keys.ts');
    expect(without(inside, (one) => engineDoors.includes(one.to) || isKit(one))).toEqual([]);
  });

  it('mailers and the command import only the index and the internals of jobs', () => {
    const outside = internal.filter(({ from, to }) => roomOf(to) === 'jobs' && !isWithin(from, 'jobs'));
    const isKit = ({ from }: Import): boolean => isWithin(from, 'testing');
    const isDoor = ({ to }: Import): boolean => to === 'jobs/index.ts' || to === 'jobs/internals.ts';
    expect(without(outside, (one) => isDoor(one) !== isKit(one))).toEqual([]);
  });

  it('no part of the library imports its own index, the application or the demo', () => {
    const own = ({ from, to }: Import): boolean => to === `${from.split('/')[0]}/index.ts`;
    expect(without(internal, (one) => !own(one))).toEqual([]);
    expect(
      internal
        .filter(({ to }) => /^(app|demo)\//.test(to))
        .filter(({ from }) => /^(client|jobs|mailers|testing|cli|schematics)\//.test(from)),
    ).toEqual([]);
  });

  it('only the demo imports the testing kit, to start a server', () => {
    const startsServers = ['testing/redis/private-redis.ts', 'testing/redis/free-port.ts'];
    const inside = internal.filter(({ from, to }) => isWithin(to, 'testing') && !isWithin(from, 'testing'));
    expect(without(inside, ({ to }) => startsServers.includes(to))).toEqual([]);
    expect(
      without(
        internal.filter(({ from }) => startsServers.includes(from)),
        ({ to }) => startsServers.includes(to),
      ),
    ).toEqual([]);
  });

  it('the files of a health check import jobs only dynamically, so that it loads nothing of Nest', () => {
    const light = [
      'cli/main.ts',
      'cli/run.ts',
      'cli/commands.ts',
      'cli/shell/arguments.ts',
      'cli/shell/command.ts',
      'cli/shell/env-files.ts',
      'cli/shell/help.ts',
      'cli/shell/input.ts',
      'cli/shell/output.ts',
      'cli/shell/screen/live-terminal.ts',
      'cli/shell/terminal.ts',
      'cli/shell/text.ts',
      'cli/shell/usage-error.ts',
      'cli/commands/healthcheck.ts',
    ];
    const heavy = internal.filter(({ from, to }) => light.includes(from) && roomOf(to) === 'jobs');
    expect(heavy.map(shown)).toEqual([]);
  });
});

describe('packages', () => {
  it('are imported only by the room that owns them', () => {
    const owned = external.filter(({ to }) => Object.hasOwn(packages, to));
    const isEntrypoint = ({ from, to }: Import): boolean => to === 'nestjs-fledge' && roomOf(from) === '.';
    expect(without(owned, (one) => isWithin(one.from, packages[one.to]!) || isEntrypoint(one))).toEqual([]);
  });

  it('vitest is imported only by its own subpath of the testing kit', () => {
    expect(
      without(
        external.filter(({ to }) => to === 'vitest'),
        ({ from }) => from === 'testing/vitest.ts',
      ),
    ).toEqual([]);
  });

  it('croner is imported only by jobs/job/schedule, and only jobs/discovery queries Nest’s container', () => {
    expect(
      without(
        external.filter(({ to }) => to === 'croner'),
        ({ from }) => isWithin(from, 'jobs/job/schedule'),
      ),
    ).toEqual([]);
    const asking = files.filter((file) => /\b(DiscoveryService|ModuleRef)\b/.test(textOf(file)));
    expect(asking.filter((file) => !isWithin(file, 'jobs/discovery'))).toEqual([]);
  });

  it('the command imports only Node’s own modules, a package that knows the width of characters, and one for .env', () => {
    const own = external.filter(({ from }) => isWithin(from, 'cli'));
    expect(
      without(own, ({ to }) => to.startsWith('node:') || to === 'string-width' || to === 'dotenv'),
    ).toEqual([]);
  });

  it('schematics import only yaml at run time, and only types from the Nest CLI’s packages', () => {
    const typesOnly = ['@angular-devkit/schematics', 'typescript'];
    const own = external.filter(({ from, to }) => isWithin(from, 'schematics') && !typesOnly.includes(to));
    expect(without(own, ({ to }) => to === 'yaml' || to.startsWith('node:'))).toEqual([]);
    const loading = new RegExp(`^import (?!type ).*'(${typesOnly.join('|')})'`, 'm');
    expect(files.filter((file) => isWithin(file, 'schematics') && loading.test(textOf(file)))).toEqual([]);
  });
});

describe('the terminal', () => {
  it('is written to only by files that make text printable', () => {
    const library = files.filter((file) => /^(cli|client|jobs|mailers|testing)\//.test(file));
    const writing = library.filter((file) =>
      /\bstd(out|err)\b.*\n?.*write|console\.\w+\(|writeSync\(/.test(textOf(file)),
    );
    expect(writing.toSorted()).toEqual([
      'cli/main.ts',
      'jobs/observe/emf-metrics.ts',
      'jobs/worker/loop/loop-watchdog.ts',
      'jobs/worker/process-log.ts',
      'jobs/worker/worker-logger.ts',
    ]);
    // The entry point of the command writes text that `shell/output` has made printable.
    const printing = [
      'cli/shell/output.ts',
      'cli/shell/table.ts',
      'jobs/observe/event-log.ts',
      'jobs/worker/check-report.ts',
      ...writing.slice(1),
    ];
    expect(printing.filter((file) => !textOf(file).includes('values/printable.js'))).toEqual([]);
  });
});

/** The text of a file without its comments, which may mention names that the code does not use. */
function textOf(file: string): string {
  return readFileSync(join(src, file), 'utf8').replace(/\/\*[\s\S]*?\*\/|^\s*\/\/.*$/gm, '');
}

/**
 * Returns pairs of neighbours, two folders or a folder and the files next to it, that import each other. Each pair
 * has the imports of the rarer direction.
 */
function mutualFolders(): string[] {
  const arrows = new Map<string, { readonly back: string; readonly imports: string[] }>();
  for (const one of internal) {
    const [own, other, base] = parting(one);
    if (own === other) continue;
    const key = `${base}: ${own} → ${other}`;
    const arrow = arrows.get(key) ?? { back: `${base}: ${other} → ${own}`, imports: [] };
    arrow.imports.push(shown(one));
    arrows.set(key, arrow);
  }
  return [...arrows].flatMap(([key, { back, imports: list }]) => {
    const against = arrows.get(back);
    const isRarer =
      against &&
      (list.length < against.imports.length || (list.length === against.imports.length && key < back));
    return isRarer ? [`${key}, and back: ${list.join(', ')}`] : [];
  });
}

/**
 * Returns the two folders at which the paths of an import diverge, and their common folder. A file directly in the
 * common folder counts as "files".
 */
function parting({ from, to }: Import): [own: string, other: string, base: string] {
  const [a, b] = [from.split('/'), to.split('/')];
  let depth = 0;
  while (depth < a.length - 1 && depth < b.length - 1 && a[depth] === b[depth]) depth++;
  const at = (path: readonly string[]): string => (depth < path.length - 1 ? path[depth]! : 'files');
  return [at(a), at(b), a.slice(0, depth).join('/') || 'src'];
}

/** Returns a path of imports that ends where it began, if there is one. */
function cycle(): string | undefined {
  const targets = new Map<string, string[]>();
  for (const { from, to } of internal) targets.set(from, [...(targets.get(from) ?? []), to]);
  const done = new Set<string>();
  const visit = (file: string, path: readonly string[]): string | undefined => {
    if (path.includes(file)) return [...path.slice(path.indexOf(file)), file].join(' → ');
    if (done.has(file)) return undefined;
    for (const to of targets.get(file) ?? []) {
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

function printTable(): void {
  const lines = Object.entries(rooms).map(([room, { may, holds }]) => {
    const count = files.filter((file) => roomOf(file) === room).length;
    return `${room.padEnd(22)} ${String(count).padStart(3)}  ${holds}\n${' '.repeat(27)}← ${may.join(' ') || 'nothing'}`;
  });
  console.log(`room                 files  holds / may import\n${lines.join('\n')}`);
}
