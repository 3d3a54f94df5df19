import { spawnSync } from 'node:child_process';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { install } from './support/pack.js';

const root = fileURLToPath(new URL('..', import.meta.url));
/** The compilers other than the repository's own. The oldest supported version, and the last of TypeScript 5. */
const older = ['5.6', '5.9'];
const compilers = [...older, 'own'];
let folder: string;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'fledge-types-'));
  const packages = older.map((version) => `typescript-${version}@npm:typescript@${version}`);
  await install(folder, ...packages);
});

afterAll(async () => {
  await rm(folder, { recursive: true, force: true });
});

function compile(compiler: string, project: string): string {
  const home =
    compiler === 'own'
      ? join(root, 'node_modules/typescript')
      : join(folder, 'node_modules', `typescript-${compiler}`);
  const { stdout, stderr } = spawnSync(
    process.execPath,
    [join(home, 'bin/tsc'), '-p', project, '--pretty', 'false'],
    {
      encoding: 'utf8',
      cwd: dirname(project),
    },
  );
  return stdout + stderr;
}

describe.each(compilers)('TypeScript %s', (compiler) => {
  // Uses the built declarations, as an application does. `npm run typecheck` covers the sources and the tests.
  it('compiles the files in test/types, and refuses their marked lines', () => {
    expect(compile(compiler, join(root, 'test/types/tsconfig.dist.json'))).toBe('');
  });

  it('says in words why a payload does not survive JSON', async () => {
    const errors = compile(compiler, await refusedPayloads());
    for (const [i, [, , words]] of refused.entries()) {
      const own = errors
        .split(/^(?=\S)/m)
        .filter((error) => error.startsWith(`refused/refused.ts(${i + 3},`));
      expect(own.join(''), `line ${i + 3} of\n${errors}`).toContain(words);
    }
  });
});

/** The type of a payload, a value of it, and a part of the compiler's message. */
const refused = [
  [
    '{ at: Date; n: number }',
    '{ at: new Date(), n: 1 }',
    'A Date arrives as a string. Declare a string, and send date.toISOString().',
  ],
  ['{ at: Date | string }', '{ at: new Date() }', 'A Date arrives as a string.'],
  ['{ rows: { at?: Date | null }[] }', '{ rows: [{ at: new Date() }] }', 'A Date arrives as a string.'],
  ['[Date, number]', '[new Date(), 1]', 'A Date arrives as a string.'],
  ['Recursive', '{ a: [new Date()] }', 'A Date arrives as a string.'],
  ['{ seen: Map<string, number> }', '{ seen: new Map() }', 'JSON empties a Map.'],
  [
    '{ seen: Set<string> }',
    '{ seen: new Set() }',
    'JSON empties a Set. Declare an array, and send [...set].',
  ],
  ['{ n: bigint }', '{ n: 1n }', 'JSON has no bigint. Declare a string, and send String(value).'],
  ['{ done: () => void }', '{ done: () => undefined }', 'JSON drops functions and symbols.'],
  ['{ file: Uint8Array }', '{ file: new Uint8Array() }', 'send a base64 string'],
  ['{ page: URL }', "{ page: new URL('http://a.test') }", 'JSON sends the result of toJSON instead.'],
  ['{ error: Error }', '{ error: new Error() }', 'send a plain object'],
] as const;

/** Writes a project with one refused enqueue per line, and returns its folder. */
async function refusedPayloads(): Promise<string> {
  const project = join(folder, 'refused');
  await mkdir(project, { recursive: true });
  const lines = refused.map(
    ([type, value], i) => `class J${i} { async perform(_: ${type}) {} } void jobs.enqueue(J${i}, ${value});`,
  );
  const head = [
    "import type { JobsService } from 'nestjs-fledge'; declare const jobs: JobsService;",
    'type Recursive = string | Date | Recursive[] | { [key: string]: Recursive };',
  ];
  await writeFile(join(project, 'refused.ts'), [...head, ...lines].join('\n'));
  const compilerOptions = {
    noEmit: true,
    rootDir: '/',
    paths: { 'nestjs-fledge': [join(root, 'dist/jobs/index.d.ts')] },
    typeRoots: [join(root, 'node_modules/@types')],
  };
  const config = { extends: join(root, 'tsconfig.json'), compilerOptions, include: ['.'] };
  await writeFile(join(project, 'tsconfig.json'), JSON.stringify(config));
  return project;
}
