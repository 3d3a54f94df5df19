// Writes an application of the table into a folder, and builds it.
import { cpSync, existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { run } from '../nest-add/commands.mjs';
import { packagesOf } from './applications.mjs';

const here = fileURLToPath(new URL('.', import.meta.url));

/** @param home kept between applications, so that npm changes only the packages that differ */
export async function compose(home, application, tarball) {
  for (const left of [
    'src',
    'dist',
    'public',
    'i18n',
    'package-lock.json',
    'nest-cli.json',
    'webpack.config.cjs',
  ])
    rmSync(join(home, left), { recursive: true, force: true });
  cpSync(join(here, 'common'), home, { recursive: true });
  writeSources(join(home, 'src'), application);
  writeSettings(home, application);
  const install = ['install', '--no-audit', '--no-fund', '--prefer-offline', '--loglevel=error', tarball];
  if (!isInstalled(home, application)) await run(home, 'npm', install);
  await generate(home, application);
  await build(home, application);
}

const installed = new Map();

function isInstalled(home, application) {
  const packages = JSON.stringify(packagesOf(application));
  if (installed.get(home) === packages) return true;
  installed.set(home, packages);
  return false;
}

function writeSources(source, { modules, platform }) {
  mkdirSync(join(source, 'neighbours'), { recursive: true });
  const configured = [];
  const withOptions = [];
  const first = ["import 'reflect-metadata';"];
  for (const name of modules) {
    const text = readFileSync(join(here, `modules/${name}.ts`), 'utf8');
    writeFileSync(join(source, `neighbours/${name}.ts`), text);
    if (text.includes('export function configure') || text.includes('export async function configure'))
      configured.push(name);
    if (text.includes('export const jobsOptions')) withOptions.push(name);
    if (!existsSync(join(here, `modules/${name}.first.ts`))) continue;
    cpSync(join(here, `modules/${name}.first.ts`), join(source, `neighbours/${name}.first.ts`));
    first.push(`import './neighbours/${name}.first.js';`);
  }
  cpSync(join(here, `platforms/${platform}.ts`), join(source, 'create-application.ts'));
  if (modules.includes('graphql'))
    cpSync(join(here, `platforms/graphql-${platform}.ts`), join(source, 'graphql-driver.ts'));
  writeFileSync(join(source, 'first.ts'), `${first.join('\n')}\n`);
  writeFileSync(join(source, 'app.module.ts'), rootModule(modules));
  writeFileSync(join(source, 'configure.ts'), configuration(configured));
  writeFileSync(join(source, 'jobs-options.ts'), jobsOptions(withOptions));
}

function rootModule(modules) {
  const neighbours = modules.map(
    (name, i) => `import { Neighbour as Neighbour${i} } from './neighbours/${name}.js';`,
  );
  return `import { Module } from '@nestjs/common';
import { jobs } from './jobs.js';
${neighbours.join('\n')}
import { ProbeController } from './probe.controller.js';
import { ProbeJob } from './probe.job.js';
import { ProbeMailer } from './probe.mailer.js';
import { ProbesModule } from './probes.js';

@Module({
  imports: [...jobs, ProbesModule, ${modules.map((_, i) => `Neighbour${i}`).join(', ')}],
  controllers: [ProbeController],
  providers: [ProbeJob, ProbeMailer],
})
export class AppModule {}
`;
}

function configuration(names) {
  const imports = names.map(
    (name, i) => `import { configure as configure${i} } from './neighbours/${name}.js';\n`,
  );
  const calls = names.map((_, i) => `  await configure${i}(app);\n`);
  return `import type { INestApplication } from '@nestjs/common';
${imports.join('')}
export async function configure(app: INestApplication): Promise<void> {
  void app;
${calls.join('')}}
`;
}

function jobsOptions(names) {
  const imports = names.map(
    (name, i) => `import { jobsOptions as options${i} } from './neighbours/${name}.js';\n`,
  );
  return `import type { JobsOptions } from 'nestjs-fledge';
${imports.join('')}
export const jobsOptions: JobsOptions = { ${names.map((_, i) => `...options${i}`).join(', ')} };
`;
}

function writeSettings(home, application) {
  const { type, builder } = application;
  const json = (name, value) => writeFileSync(join(home, name), `${JSON.stringify(value, null, 2)}\n`);
  json('package.json', { name: 'neighbours', private: true, type, dependencies: packagesOf(application) });
  json('tsconfig.json', {
    compilerOptions: {
      module: 'nodenext',
      target: 'ES2023',
      strict: true,
      skipLibCheck: true,
      experimentalDecorators: true,
      emitDecoratorMetadata: true,
      types: ['node'],
      rootDir: 'src',
      outDir: 'dist',
    },
    include: ['src'],
  });
  if (builder === 'swc') {
    json('nest-cli.json', { sourceRoot: 'src', compilerOptions: { builder: 'swc' } });
    json('.swcrc', {
      jsc: {
        target: 'es2022',
        parser: { syntax: 'typescript', decorators: true },
        transform: { legacyDecorator: true, decoratorMetadata: true },
      },
      module: { type: type === 'module' ? 'nodenext' : 'commonjs' },
    });
  }
  if (builder === 'webpack') writeFileSync(join(home, 'webpack.config.cjs'), webpackConfig);
  if (builder === 'webpack')
    json('nest-cli.json', {
      sourceRoot: 'src',
      compilerOptions: { builder: { type: 'webpack', options: { configPath: 'webpack.config.cjs' } } },
    });
}

/** One bundle for each entrypoint, as an application with a worker needs it. */
const webpackConfig = `const { join } = require('node:path');

module.exports = (options) => ({
  ...options,
  entry: { main: './src/main.ts', 'main-worker': './src/main-worker.ts', 'main-kit': './src/main-kit.ts' },
  output: { ...options.output, path: join(__dirname, 'dist'), filename: '[name].js' },
  resolve: { ...options.resolve, extensionAlias: { '.js': ['.ts', '.js'] } },
});
`;

async function generate(home, { modules }) {
  if (!modules.includes('prisma')) return;
  // Prisma downloads an engine that generating does not need. Without a network any program takes its place.
  await run(home, process.execPath, ['node_modules/prisma/build/index.js', 'generate'], {
    PRISMA_SCHEMA_ENGINE_BINARY: process.execPath,
  });
}

async function build(home, { builder }) {
  if (builder === 'tsc') return run(home, process.execPath, ['node_modules/typescript/bin/tsc']);
  const output = await run(home, process.execPath, ['node_modules/@nestjs/cli/bin/nest.js', 'build']);
  const missing = ['main', 'main-worker', 'main-kit'].filter(
    (name) => !readdirSync(join(home, 'dist')).includes(`${name}.js`),
  );
  if (missing.length > 0) throw new Error(`nest build has not written ${missing.join(', ')}:\n${output}`);
}
