import { execFile } from 'node:child_process';
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { MailCatcher } from '../src/demo/mail-catcher.js';
import { runInstalled } from './support/installed-app.js';
import { localLinksOf } from './support/markdown.js';
import { install, pack, root, type Packed } from './support/pack.js';
import { until } from './support/until.js';

const run = promisify(execFile);
let folder: string;
let packed: Packed;

/** Each TypeScript block of the README that begins with the path of its file. */
async function readmeFiles(): Promise<[path: string, text: string][]> {
  const text = await readFile(join(root, 'README.md'), 'utf8');
  return [...text.matchAll(/```ts\n\/\/ (src\/\S+)\n([\s\S]*?)```/g)].map(([, path, text]) => [path!, text!]);
}

/** The files of `nest new` that the README assumes. */
const newApplication = {
  'src/main.ts': `
import { NestFactory } from '@nestjs/core';
import { AppModule } from './app.module.js';
const app = await NestFactory.create(AppModule);
await app.listen(process.env.PORT!);
console.log('listening');
`,
  'src/app.service.ts': `
import { Injectable } from '@nestjs/common';
@Injectable()
export class AppService {}
`,
  'src/app.controller.ts': `
import { Controller } from '@nestjs/common';
@Controller()
export class AppController {}
`,
};

async function write(path: string, text: string): Promise<void> {
  await mkdir(dirname(join(folder, path)), { recursive: true });
  await writeFile(join(folder, path), text);
}

/** The versions that this repository was tested with. */
async function versions(...names: string[]): Promise<string[]> {
  const { devDependencies } = JSON.parse(await readFile(join(root, 'package.json'), 'utf8')) as {
    devDependencies: Record<string, string>;
  };
  return names.map((name) => `${name}@${devDependencies[name]!}`);
}

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'fledge-package-'));
  packed = await pack(folder);
  await write('package.json', JSON.stringify({ name: 'consumer', private: true, type: 'module' }));
  const peers = await versions(
    '@nestjs/common',
    '@nestjs/core',
    '@nestjs/platform-express',
    '@nestjs/bullmq',
    'bullmq',
    'ioredis',
  );
  const rest = await versions('nodemailer', 'reflect-metadata', 'rxjs', 'typescript', '@types/node');
  await install(folder, join(folder, packed.filename), ...peers, ...rest);
});

afterAll(async () => {
  await rm(folder, { recursive: true, force: true });
});

describe('the packed tarball', () => {
  it('contains the library, and no part of the application, the demo or the tests', () => {
    const folders = packed.files.map(({ path }) =>
      path
        .split('/')
        .slice(0, path.startsWith('dist/') ? 2 : 1)
        .join('/'),
    );
    expect([...new Set(folders)].sort()).toEqual([
      'CHANGELOG.md',
      'CONTRIBUTING.md',
      'LICENSE',
      'README.md',
      'SECURITY.md',
      'bench',
      'buildspec.yml',
      'dist/cli',
      'dist/client',
      'dist/jobs',
      'dist/mailers',
      'dist/schematics',
      'dist/testing',
      'docker',
      'docker-compose.yml',
      'docs',
      'infra',
      'package.json',
    ]);
    expect(packed.files.filter(({ path }) => path.includes('.spec.'))).toEqual([]);
  });

  it('has pages whose links lead to files that are in the tarball too', () => {
    const paths = packed.files.map(({ path }) => path);
    const pages = paths.filter((path) => path.endsWith('.md'));
    expect(pages).toEqual(expect.arrayContaining(['README.md', 'SECURITY.md', 'docs/jobs.md']));
    // The name of a folder is the page that a registry and an editor show for it.
    const isThere = (target: string): boolean =>
      paths.includes(target) || paths.includes(`${target}/README.md`);
    const dead = pages.flatMap((page) =>
      localLinksOf(page)
        .filter(({ target }) => !isThere(target))
        .map(({ link }) => `${page}: ${link}`),
    );
    expect(dead, 'Add these files to "files" of package.json, or write their paths as code').toEqual([]);
  });

  it('contains no source maps and no references to them', async () => {
    const paths = packed.files.map(({ path }) => path);
    expect(paths.filter((path) => path.endsWith('.map'))).toEqual([]);
    const pointing: string[] = [];
    for (const path of paths.filter((path) => /\.[cm]?js$/.test(path))) {
      const text = await readFile(join(root, path), 'utf8');
      if (text.includes('sourceMappingURL')) pointing.push(path);
    }
    expect(pointing, 'build with npm run build').toEqual([]);
  });

  it.each([
    [
      'nestjs-fledge',
      [
        'BulkEnqueueError',
        'FledgeError',
        'Job',
        'JobAborted',
        'JobEvents',
        'JobsModule',
        'JobsService',
        'JobsWorker',
        'checkJobsManifest',
        'runWorker',
        'writeJobsManifest',
      ],
    ],
    ['nestjs-fledge/client', ['BulkEnqueueError', 'FledgeError', 'createJobsClient', 'job', 'mailer']],
    ['nestjs-fledge/mailers', ['MailTransport', 'Mailer', 'MailersModule', 'MailersService']],
  ])('%s can be imported from ES modules and required from CommonJS', async (subpath, names) => {
    const print = `console.log(JSON.stringify(Object.keys(fledge)))`;
    const esm = `import * as fledge from '${subpath}'; ${print}`;
    const cjs = `const fledge = require('${subpath}'); ${print}`;
    for (const [type, code] of [
      ['module', esm],
      ['commonjs', cjs],
    ] as const) {
      const { stdout } = await run(process.execPath, [`--input-type=${type}`, '--no-warnings', '-e', code], {
        cwd: folder,
      });
      expect(JSON.parse(stdout)).toEqual(expect.arrayContaining(names));
    }
  });

  it('has a file for each form of each subpath', async () => {
    const { exports, typesVersions } = JSON.parse(await readFile(join(root, 'package.json'), 'utf8')) as {
      exports: Record<string, Record<string, string> | string>;
      typesVersions: { '*': Record<string, [string]> };
    };
    for (const [subpath, conditions] of Object.entries(exports)) {
      if (typeof conditions === 'string') continue;
      // The order matters, because Node uses the first condition that it knows.
      expect(Object.keys(conditions), subpath).toEqual(['types', 'module-sync', 'require', 'default']);
      if (subpath !== '.') expect(typesVersions['*'][subpath.slice(2)]).toEqual([conditions.types]);
    }
  });

  it('has CommonJS files with the same names for Jest, and one copy of the library for Node', async () => {
    const code = `
      const path = require('node:path');
      const folder = path.dirname(require.resolve('nestjs-fledge/package.json'));
      const { exports } = require('nestjs-fledge/package.json');
      (async () => {
        for (const subpath of ['.', './client', './mailers']) {
          const name = path.posix.join('nestjs-fledge', subpath);
          const [required, imported] = [require(name), await import(name)];
          const forJest = require(path.join(folder, exports[subpath].require));
          console.log(required === imported, String(Object.keys(forJest).sort()) === String(Object.keys(imported).sort()));
        }
      })();`;
    const { stdout } = await run(process.execPath, ['--no-warnings', '-e', code], { cwd: folder });
    expect(stdout).toBe('true true\ntrue true\ntrue true\n');
  });

  it('has schematics that need no other package', async () => {
    const { schematics } = JSON.parse(
      await readFile(join(folder, 'node_modules/nestjs-fledge/package.json'), 'utf8'),
    ) as { schematics: string };
    const collection = join(folder, 'node_modules/nestjs-fledge', schematics);
    const factories = JSON.parse(await readFile(collection, 'utf8')) as {
      schematics: Record<string, { factory: string; schema: string }>;
    };
    expect(Object.keys(factories.schematics)).toEqual(['nest-add', 'job', 'schedule', 'mailer', 'preview']);
    for (const { factory, schema } of Object.values(factories.schematics)) {
      const [path, name] = factory.split('#') as [string, string];
      await readFile(join(dirname(collection), schema));
      const code = `import(${JSON.stringify(join(dirname(collection), path))}).then((it) => console.log(typeof it.${name}))`;
      expect((await run(process.execPath, ['-e', code], { cwd: folder })).stdout).toBe('function\n');
    }
  });

  it('has generators for Nx that need no other package', async () => {
    const { generators } = JSON.parse(
      await readFile(join(folder, 'node_modules/nestjs-fledge/package.json'), 'utf8'),
    ) as { generators: string };
    const file = join(folder, 'node_modules/nestjs-fledge', generators);
    const factories = JSON.parse(await readFile(file, 'utf8')) as {
      generators: Record<string, { factory: string; schema: string }>;
    };
    expect(Object.keys(factories.generators)).toEqual(['init', 'job', 'schedule', 'mailer', 'preview']);
    for (const { factory, schema } of Object.values(factories.generators)) {
      const [path, name] = factory.split('#') as [string, string];
      await readFile(join(dirname(file), schema));
      // Nx loads a generator with require.
      const code = `console.log(typeof require(${JSON.stringify(join(dirname(file), path))}).${name})`;
      const { stdout } = await run(process.execPath, ['--no-warnings', '-e', code], { cwd: folder });
      expect(stdout).toBe('function\n');
    }
  });

  it('has the command fledge', async () => {
    const { stdout } = await run('node_modules/.bin/fledge', ['help', 'doctor'], { cwd: folder });
    expect(stdout).toContain('Usage: fledge doctor [url] [options]');
    const doctor = run('node_modules/.bin/fledge', ['doctor', 'redis://127.0.0.1:1'], { cwd: folder });
    await expect(doctor).rejects.toMatchObject({
      code: 1,
      stdout: expect.stringContaining('✗ connection [FLEDGE_STORE_UNREACHABLE]'),
    });
  });

  it('boots in memory without ioredis and nodemailer, which are optional', async () => {
    const code = `
      import 'reflect-metadata';
      import { Module } from '@nestjs/common';
      import { NestFactory } from '@nestjs/core';
      import { register } from 'node:module';
      register('data:text/javascript,export async function resolve(name, context, next) { if (/^(ioredis|bullmq|nodemailer)$/.test(name)) throw new Error("not installed: " + name); return next(name, context); }');
      const { JobsModule } = await import('nestjs-fledge');
      const { MailersModule } = await import('nestjs-fledge/mailers');
      class AppModule {}
      Module({ imports: [JobsModule.forRoot({ url: process.env.URL }), MailersModule.forRoot()] })(AppModule);
      const app = await NestFactory.createApplicationContext(AppModule, { logger: false, abortOnError: false });
      await app.close();
      console.log('booted');
    `;
    const boot = (url: string) =>
      run(process.execPath, ['--input-type=module', '-e', code], {
        cwd: folder,
        env: { PATH: process.env.PATH, URL: url },
      });
    expect((await boot('memory:')).stdout).toBe('booted\n');
    await expect(boot('redis://127.0.0.1:1')).rejects.toThrow(/not installed: bullmq|FLEDGE_PEER_MISSING/);
  });

  it('the code of the README is an application that enqueues, runs jobs and sends mail in two processes', async () => {
    const files = await readmeFiles();
    expect(files.map(([path]) => path)).toContain('src/main-worker.ts');
    for (const [path, text] of [...Object.entries(newApplication), ...files]) await write(path, text);
    const compilerOptions = {
      module: 'nodenext',
      target: 'ES2023',
      strict: true,
      outDir: 'dist',
      rootDir: 'src',
      types: ['node'],
      experimentalDecorators: true,
      emitDecoratorMetadata: true,
      // Fledge's declarations must compile without skipLibCheck. Nest's own need it.
      skipLibCheck: true,
    };
    await write('tsconfig.json', JSON.stringify({ compilerOptions, include: ['src'] }));

    const mails = new MailCatcher();
    const smtp = await mails.start();
    onTestFinished(() => mails.stop());
    const { url, logs } = await runInstalled(folder, { SMTP_URL: smtp });
    const body = JSON.stringify({ name: 'Ada', email: 'ada@example.test' });
    const headers = { 'content-type': 'application/json' };
    const response = await fetch(`${url}/users`, { method: 'POST', body, headers });
    expect(await response.json()).toMatchObject({ name: 'GreetJob', queue: 'default', status: 'enqueued' });
    await until('the job ran', () => logs['main-worker'].includes('Hello Ada'));
    await until('the mail is there', () => mails.mails.some(({ subject }) => subject === 'Welcome, Ada'));
    expect(logs.main).not.toContain('Hello Ada');
  });
});
