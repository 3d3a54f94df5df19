import { Tree } from '@angular-devkit/schematics';
import { SchematicTestRunner, UnitTestTree } from '@angular-devkit/schematics/testing/index.js';
import { fileURLToPath } from 'node:url';

export interface Kind {
  readonly type?: 'module' | 'commonjs';
  readonly adapter?: 'express' | 'fastify';
  readonly nest?: 10 | 11 | 12;
  readonly lock?: string;
  readonly newline?: '\n' | '\r\n';
  /** Files to add or replace. */
  readonly files?: Readonly<Record<string, string>>;
  readonly packages?: Readonly<Record<string, string>>;
}

/** A small application in memory, laid out by `nest new`. */
export function application(kind: Kind = {}): UnitTestTree {
  const {
    type = 'module',
    adapter = 'express',
    nest = 12,
    lock = 'package-lock.json',
    newline = '\n',
  } = kind;
  const isModule = type === 'module';
  const suffix = isModule ? '.js' : '';
  const runner = isModule ? { vitest: '^4.1.2' } : { jest: '^30.0.0' };
  const manifest = {
    name: 'shop',
    ...(isModule ? { type } : {}),
    scripts: { build: 'nest build', 'start:prod': 'node dist/main', test: isModule ? 'vitest run' : 'jest' },
    dependencies: { '@nestjs/core': `^${nest}.0.1`, [`@nestjs/platform-${adapter}`]: `^${nest}.0.1` },
    devDependencies: { '@nestjs/testing': `^${nest}.0.1`, ...runner, ...kind.packages },
  };
  const create =
    adapter === 'express'
      ? 'NestFactory.create(AppModule)'
      : 'NestFactory.create<NestFastifyApplication>(AppModule, new FastifyAdapter())';
  const files: Record<string, string> = {
    'package.json': `${JSON.stringify(manifest, null, 2)}\n`,
    'nest-cli.json': '{ "sourceRoot": "src" }\n',
    [lock]: '',
    'src/main.ts': `import { NestFactory } from '@nestjs/core';\nimport { AppModule } from './app.module${suffix}';\n\nasync function bootstrap() {\n  const app = await ${create};\n  await app.listen(3000);\n}\nvoid bootstrap();\n`,
    'src/app.module.ts': `import { Module } from '@nestjs/common';\nimport { AppController } from './app.controller${suffix}';\n\n@Module({\n  imports: [],\n  controllers: [AppController],\n  providers: [],\n})\nexport class AppModule {}\n`,
    ...kind.files,
  };
  const tree = new UnitTestTree(Tree.empty());
  for (const [path, text] of Object.entries(files)) tree.create(path, text.replaceAll('\n', newline));
  return tree;
}

const collection = fileURLToPath(new URL('../../dist/schematics/collection.json', import.meta.url));

export interface Ran {
  readonly tree: UnitTestTree;
  /** The log of the schematic. */
  readonly log: string;
  readonly tasks: readonly { name: string; options?: unknown }[];
}

/** Runs a schematic of the built collection like the Nest CLI. */
export async function run(schematic: string, options: object, on: UnitTestTree): Promise<Ran> {
  const runner = new SchematicTestRunner('nestjs-fledge', collection);
  const lines: string[] = [];
  runner.logger.subscribe(({ message }) => lines.push(message));
  const tree = await runner.runSchematic(schematic, options, on);
  return { tree, log: lines.join('\n'), tasks: runner.tasks };
}

export const add = (on: UnitTestTree, options: object = {}): Promise<Ran> => run('nest-add', options, on);

/** All files with their contents. */
export function contents(tree: UnitTestTree): Record<string, string> {
  return Object.fromEntries(tree.files.map((path) => [path, tree.readText(path)]));
}
