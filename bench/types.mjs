// Measures how long the compiler takes for an application with many jobs. Run it on two builds to compare their types.
import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';

const root = fileURLToPath(new URL('..', import.meta.url));
const { values } = parseArgs({
  options: {
    /** The number of job classes. */
    jobs: { type: 'string', default: '200' },
    /** The number of runs. The table shows the fastest. */
    rounds: { type: 'string', default: '5' },
    /** A build of Fledge. */
    dist: { type: 'string', default: join(root, 'dist') },
    /** The folder of a TypeScript package. */
    typescript: { type: 'string', default: join(root, 'node_modules/typescript') },
  },
});

/** One payload type of each kind that applications have, and a value of it. */
const kinds = [
  [() => '{ orderId: string }', () => "{ orderId: 'o' }"],
  [(i) => `Order${i}`, (i) => `order${i}`],
  [
    (i) => `{ order: Order${i}; lines: Line[]; note?: string | null }`,
    (i) => `{ order: order${i}, lines: [] }`,
  ],
  [
    () => "{ kind: 'card'; token: string } | { kind: 'invoice'; days: number }",
    () => "{ kind: 'card', token: 't' }",
  ],
  [(i) => `{ tree: Tree${i}; depth: number }`, (i) => `{ tree: tree${i}, depth: 1 }`],
  [() => '{ rows: { id: number; at: [number, number]; tags: readonly string[] }[] }', () => '{ rows: [] }'],
  [() => '{ meta: Record<string, string | number>; id: string }', () => "{ meta: {}, id: 'i' }"],
  [() => undefined, () => undefined],
];

/** @param sends the text before the arguments of an enqueue */
function source(count, head, sends) {
  const lines = [
    head,
    'interface Line { sku: string; count: number; price: { amount: number; currency: string } }',
  ];
  for (let i = 0; i < count; i++) {
    const [type, value] = kinds[i % kinds.length].map((of) => of(i));
    lines.push(
      `export interface Order${i} { id: string; lines: Line[]; shipTo: { street: string; zip?: string }; total${i}: number }`,
      `export interface Tree${i} { name: string; children: Tree${i}[]; parent?: Tree${i} }`,
      `declare const order${i}: Order${i}, tree${i}: Tree${i};`,
      `@Job({ attempts: ${(i % 9) + 1} }) export class Work${i}Job { async perform(${type ? `_: ${type}` : ''}): Promise<void> {} }`,
      `export const send${i} = () => ${sends}(Work${i}Job${value ? `, ${value}` : ''});`,
    );
  }
  return lines.join('\n');
}

const subjects = {
  'payloads as any':
    "import { Job } from 'nestjs-fledge'; declare const jobs: { enqueue(job: unknown, payload?: any): Promise<void> };",
  Fledge: "import { Job, type JobsService } from 'nestjs-fledge'; declare const jobs: JobsService;",
};

function measure(folder) {
  const tsc = join(resolve(values.typescript), 'bin/tsc');
  const text = execFileSync(process.execPath, [tsc, '-p', folder, '--extendedDiagnostics'], {
    encoding: 'utf8',
  });
  const number = (name) => Number(new RegExp(`^${name}:\\s+([\\d.]+)`, 'm').exec(text)?.[1]);
  return {
    check: number('Check time'),
    total: number('Total time'),
    instantiations: number('Instantiations'),
    memory: number('Memory used'),
  };
}

const folder = mkdtempSync(join(tmpdir(), 'fledge-bench-types-'));
try {
  for (const [subject, head] of Object.entries(subjects)) {
    writeFileSync(join(folder, 'jobs.ts'), source(Number(values.jobs), head, 'jobs.enqueue'));
    const compilerOptions = {
      noEmit: true,
      rootDir: '/',
      paths: { 'nestjs-fledge': [join(resolve(values.dist), 'jobs/index.d.ts')] },
      typeRoots: [join(root, 'node_modules/@types')],
    };
    const config = { extends: join(root, 'tsconfig.json'), compilerOptions, include: ['.'] };
    writeFileSync(join(folder, 'tsconfig.json'), JSON.stringify(config));
    const runs = Array.from({ length: Number(values.rounds) }, () => measure(folder));
    const best = runs.reduce((a, b) => (b.check < a.check ? b : a));
    console.log(
      `${subject.padEnd(16)} check ${best.check.toFixed(2)} s, total ${best.total.toFixed(2)} s, ${best.instantiations} instantiations, ${Math.round(best.memory / 1024)} MiB`,
    );
  }
} finally {
  rmSync(folder, { recursive: true, force: true });
}
