import { mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { onTestFinished } from 'vitest';
import { init, type Initialised, type InitOptions } from '../../src/schematics/init/index.js';
import { root } from '../support/pack.js';

/** A workspace on the disk of this machine. */
export interface Workspace {
  readonly folder: string;
  read(path: string): string;
  json(path: string): Record<string, Record<string, string>>;
  /** Runs `fledge init` in a folder of the workspace, without installing packages. */
  init(at: string, options?: InitOptions): Promise<Initialised>;
}

export const main = `import { NestFactory } from '@nestjs/core';\nimport { AppModule } from './app.module';\n\nasync function bootstrap() {\n  const app = await NestFactory.create(AppModule);\n  await app.listen(3000);\n}\nvoid bootstrap();\n`;
export const module = `import { Module } from '@nestjs/common';\n\n@Module({ imports: [], providers: [] })\nexport class AppModule {}\n`;

/** The sources of an application in a folder. */
export const sources = (folder: string): Record<string, string> => ({
  [`${folder}/src/main.ts`]: main,
  [`${folder}/src/app.module.ts`]: module,
});

export const manifest = (name: string, more: object = {}): string =>
  `${JSON.stringify({ name, dependencies: { '@nestjs/core': '^12.0.1' }, ...more }, null, 2)}\n`;

/** The files of an application that Nest's command builds. */
export const nestApplication = (folder: string, name: string, more: object = {}): Record<string, string> => ({
  ...sources(folder),
  [`${folder}/package.json`]: manifest(name, {
    scripts: { build: 'nest build', 'start:dev': 'nest start --watch', 'start:prod': 'node dist/main' },
    ...more,
  }),
  [`${folder}/nest-cli.json`]: '{ "sourceRoot": "src" }\n',
});

/** Writes a workspace, which is removed after the test. */
export function workspace(files: Readonly<Record<string, string>>): Workspace {
  const folder = mkdtempSync(join(tmpdir(), 'fledge-workspace-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  for (const [path, text] of Object.entries(files)) {
    mkdirSync(dirname(join(folder, path)), { recursive: true });
    writeFileSync(join(folder, path), text);
  }
  mkdirSync(join(folder, 'node_modules'), { recursive: true });
  symlinkSync(join(root, 'node_modules/typescript'), join(folder, 'node_modules/typescript'));
  const read = (path: string): string => readFileSync(join(folder, path), 'utf8');
  return {
    folder,
    read,
    json: (path) => JSON.parse(read(path)) as Record<string, Record<string, string>>,
    init: (at, options = {}) => init(join(folder, at), { skipInstall: true, ...options }, () => undefined),
  };
}

export const created = ({ changes }: Initialised): string[] =>
  changes.filter(({ kind }) => kind === 'create').map(({ path }) => path);
