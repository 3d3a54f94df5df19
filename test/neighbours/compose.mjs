// Writes an application of the table into a folder, and builds it.
import { cpSync, existsSync, mkdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { run } from '../nest-add/commands.mjs';
import { writeSettings } from './settings.mjs';

const here = fileURLToPath(new URL('.', import.meta.url));

/** @param home a folder of the application inside the one that has its packages */
export function compose(home, application) {
  rmSync(home, { recursive: true, force: true });
  cpSync(join(here, 'common'), home, { recursive: true });
  // Builders look for packages in the application's folder only.
  symlinkSync('../node_modules', join(home, 'node_modules'));
  writeSources(join(home, 'src'), application);
}

function writeSources(source, { modules, platform }) {
  mkdirSync(join(source, 'neighbours'), { recursive: true });
  const first = ["import 'reflect-metadata';"];
  for (const name of modules) {
    cpSync(join(here, `modules/${name}.ts`), join(source, `neighbours/${name}.ts`));
    if (!existsSync(join(here, `modules/${name}.first.ts`))) continue;
    cpSync(join(here, `modules/${name}.first.ts`), join(source, `neighbours/${name}.first.ts`));
    first.push(`import './neighbours/${name}.first.js';`);
  }
  cpSync(join(here, `platforms/${platform}.ts`), join(source, 'create-application.ts'));
  if (modules.includes('graphql'))
    cpSync(join(here, `platforms/graphql-${platform}.ts`), join(source, 'graphql-driver.ts'));
  writeFileSync(join(source, 'first.ts'), `${first.join('\n')}\n`);
  writeFileSync(join(source, 'app.module.ts'), rootModule(modules));
  writeFileSync(join(source, 'configure.ts'), configuration(exporting('configure', modules)));
  for (const [name, type] of [
    ['jobsOptions', 'JobsOptions'],
    ['workerOptions', 'RunWorkerOptions'],
  ])
    writeFileSync(join(source, `${name}.ts`), options(name, type, exporting(name, modules)));
}

/** The modules with an export of this name. */
function exporting(name, modules) {
  const exported = new RegExp(`^export (const|function|async function) ${name}\\b`, 'm');
  return modules.filter((module) => exported.test(readFileSync(join(here, `modules/${module}.ts`), 'utf8')));
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

/** The options of JobsModule or of runWorker that the modules need. */
function options(name, type, modules) {
  const imports = modules.map(
    (module, i) => `import { ${name} as options${i} } from './neighbours/${module}.js';\n`,
  );
  return `import type { ${type} } from 'nestjs-fledge';
${imports.join('')}
export const ${name}: ${type} = { ${modules.map((_, i) => `...options${i}`).join(', ')} };
`;
}

/** @param minify see writeSettings */
export async function build(home, application, minify) {
  writeSettings(home, application, minify);
  await generate(home, application);
  if (application.builder === 'tsc') return run(home, process.execPath, ['node_modules/typescript/bin/tsc']);
  const output = await run(home, process.execPath, ['node_modules/@nestjs/cli/bin/nest.js', 'build']);
  const missing = ['main', 'main-worker', 'main-kit'].filter(
    (name) => !existsSync(join(home, 'dist', `${name}.js`)),
  );
  if (missing.length > 0) throw new Error(`nest build has not written ${missing.join(', ')}:\n${output}`);
}

async function generate(home, { modules }) {
  if (!modules.includes('prisma')) return;
  // Prisma downloads an engine that generating does not need. Without a network any program takes its place.
  await run(home, process.execPath, ['node_modules/prisma/build/index.js', 'generate'], {
    PRISMA_SCHEMA_ENGINE_BINARY: process.execPath,
  });
}
