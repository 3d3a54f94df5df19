import ts from 'typescript';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { add, application, contents } from './application.js';

const written = [
  '/.dockerignore',
  '/.env.example',
  '/config/jobs.yml',
  '/docker-compose.yml',
  '/docker/Dockerfile',
  '/docker/healthcheck.mjs',
  '/docker/redis/redis.conf',
  '/mails/layouts/default.html.liquid',
  '/mails/user-mailer/welcome.html.liquid',
  '/src/jobs/greet.job.spec.ts',
  '/src/jobs/greet.job.ts',
  '/src/mailers/user-mailer.preview.ts',
  '/src/mailers/user.mailer.spec.ts',
  '/src/mailers/user.mailer.ts',
  '/src/main-worker.ts',
];

const kinds = (['module', 'commonjs'] as const).flatMap((type) =>
  (['express', 'fastify'] as const).flatMap((adapter) =>
    ([11, 12] as const).map((nest) => ({ type, adapter, nest })),
  ),
);

describe('nest add nestjs-fledge', () => {
  it.each(kinds)('adds to Nest $nest, $type, $adapter, and changes nothing the second time', async (kind) => {
    const before = application(kind);
    const known = Object.keys(contents(before));
    const { tree, log } = await add(before);
    expect(tree.files.filter((path) => !known.includes(path)).sort()).toEqual(written);
    const suffix = kind.type === 'module' ? '.js' : '';
    expect(tree.readText('/src/main-worker.ts')).toBe(
      `import { runWorker } from 'nestjs-fledge';\nimport { AppModule } from './app.module${suffix}';\n\nvoid runWorker(AppModule);\n`,
    );
    const module = tree.readText('/src/app.module.ts');
    expect(module).toContain(`import { GreetJob } from './jobs/greet.job${suffix}';`);
    expect(module).toContain('imports: [\n    JobsModule.forRoot({');
    expect(module).toContain('providers: [GreetJob, UserMailer, UserMailerPreview],');
    const spec = tree.readText('/src/jobs/greet.job.spec.ts');
    expect(spec.includes(`from 'vitest'`)).toBe(kind.type === 'module');
    const manifest = tree.readJson('/package.json') as Record<string, Record<string, string>>;
    expect(manifest.dependencies).toMatchObject({
      '@nestjs/bullmq': `^${kind.nest}.0.0`,
      ioredis: '^6.0.0',
      liquidjs: '^10.30.0',
    });
    expect(manifest.devDependencies).toMatchObject({ 'postal-mime': '^4.0.0' });
    expect(manifest.scripts).toMatchObject({
      'start:worker:prod': 'node dist/main-worker.js',
      'start:all:dev': 'nest start --watch --exec "fledge dev"',
    });
    expect(log).toContain('start:all:dev');
    // The files are written after the schematic, or never, with --dry-run.
    expect(log).not.toMatch(/Fledge is (?:in|installed)/);

    const after = contents(tree);
    const again = await add(tree);
    expect(contents(again.tree)).toEqual(after);
    expect(again.log).toBe('Fledge is already installed. Nothing was changed.');
    expect(again.tasks).toEqual([]);
  });

  it('installs with the application’s package manager, unless --skip-install is given', async () => {
    const options = { command: 'install', packageManager: 'pnpm' };
    expect((await add(application({ lock: 'pnpm-lock.yaml' }))).tasks).toMatchObject([
      { name: 'node-package', options },
    ]);
    expect((await add(application(), { skipInstall: true })).tasks).toEqual([]);
  });

  it('leaves out what the options skip', async () => {
    const { tree } = await add(application(), { skipSample: true, skipDocker: true });
    expect(tree.files.filter((path) => written.includes(path)).sort()).toEqual([
      '/.env.example',
      '/config/jobs.yml',
      '/src/main-worker.ts',
    ]);
  });

  it('overwrites no existing file, and reports a main-worker.ts that starts no worker', async () => {
    const files = Object.fromEntries(written.map((path) => [path.slice(1), '# mine\n']));
    const compose = 'services:\n  web: # mine\n    build: .\n';
    const { tree, log } = await add(application({ files: { ...files, 'docker-compose.yml': compose } }));
    const changed = written.filter((path) => tree.readText(path) !== '# mine\n');
    // These two files get new lines and keep the old ones.
    expect(changed).toEqual(['/.env.example', '/docker-compose.yml']);
    expect(tree.readText('/.env.example')).toMatch(/^# mine\n[\s\S]*JOBS_URL/);
    expect(log).toContain('src/main-worker.ts was not changed and does not start a worker.');
  });

  it('follows the application’s style: CRLF, double quotes, four spaces, no semicolons', async () => {
    const module = `import { Module } from "@nestjs/common"\n\n@Module({\n    imports: [],\n})\nexport class AppModule {}\n`;
    const tree = application({ newline: '\r\n', files: { 'src/app.module.ts': module } });
    const added = (await add(tree)).tree;
    for (const path of [
      '/src/app.module.ts',
      '/src/main-worker.ts',
      '/src/jobs/greet.job.ts',
      '/package.json',
    ]) {
      const text = added.readText(path);
      expect(text.replaceAll('\r\n', ''), path).not.toContain('\n');
      if (path.endsWith('.ts')) expect(text, path).not.toMatch(/;\r|'nestjs/);
    }
    expect(added.readText('/src/app.module.ts')).toContain(
      '\r\n    providers: [GreetJob, UserMailer, UserMailerPreview],\r\n',
    );
    expect(added.readText('/src/app.module.ts')).toContain('\r\n        JobsModule.forRoot({\r\n');
    // Files that a container reads have Linux line ends on all machines.
    expect(added.readText('/docker/healthcheck.mjs')).not.toContain('\r');
  });

  it('formats with the application’s Prettier if the application uses it', async () => {
    const { tree } = await add(application({ packages: { prettier: '^3.0.0' } }));
    expect(tree.readText('/src/app.module.ts')).toContain(
      `      preview: { allow: { peers: process.env.LOCAL_PEERS?.split(',') } },\n    }),\n  ],`,
    );
    const crooked = `import {Module} from '@nestjs/common';\n@Module({imports: []})\nexport class AppModule {}\n`;
    const own = await add(
      application({ packages: { prettier: '^3.0.0' }, files: { 'src/app.module.ts': crooked } }),
    );
    expect(own.tree.readText('/src/app.module.ts')).toContain(`import {Module} from '@nestjs/common';`);
  });

  it('lets the worker import first what the web process imports first', async () => {
    const main = `import './tracing.js';\nimport 'dotenv/config';\nimport { NestFactory } from '@nestjs/core';\nimport { ShopModule } from './shop/shop.module.js';\nvoid NestFactory.create(ShopModule);\n`;
    const module = `import { Module } from '@nestjs/common';\n\n@Module({})\nexport class ShopModule {}\n`;
    const files = { 'src/main.ts': main, 'src/shop/shop.module.ts': module };
    const { tree } = await add(application({ files }));
    expect(tree.readText('/src/main-worker.ts')).toBe(
      `import './tracing.js';\nimport 'dotenv/config';\nimport { runWorker } from 'nestjs-fledge';\nimport { ShopModule } from './shop/shop.module.js';\n\nvoid runWorker(ShopModule);\n`,
    );
    expect(tree.readText('/src/shop/shop.module.ts')).toContain('JobsModule.forRoot');
    expect(tree.readText('/src/shop/shop.module.ts')).toContain(`from '../jobs/greet.job.js'`);
  });

  it('copies what main.ts does before it creates the application, and names what it cannot copy', async () => {
    const main = `import { NestFactory } from '@nestjs/core';\nimport { Logger } from 'nestjs-pino';\nimport { AppModule } from './app.module.js';\nimport { loadSecrets } from './secrets.js';\n\nprocess.on('SIGTERM', () => process.exit());\nasync function bootstrap() {\n    await loadSecrets();\n    const app = await NestFactory.create(AppModule, { bufferLogs: true });\n    app.useLogger(app.get(Logger));\n    await app.listen(3000);\n}\nvoid bootstrap();\n`;
    const before = application({ packages: { prettier: '^3.0.0' }, files: { 'src/main.ts': main } });
    const { tree, log } = await add(before);
    expect(tree.readText('/src/main-worker.ts')).toBe(
      `import { Logger } from 'nestjs-pino';\nimport { runWorker } from 'nestjs-fledge';\nimport { AppModule } from './app.module.js';\nimport { loadSecrets } from './secrets.js';\n\nasync function bootstrap() {\n  await loadSecrets();\n\n  await runWorker(AppModule, { bufferLogs: true, setup: (app) => app.useLogger(app.get(Logger)) });\n}\nvoid bootstrap();\n`,
    );
    expect(log).toContain(
      `src/main.ts does this before NestFactory.create. If the worker needs it, add it to src/main-worker.ts before runWorker.\n  process.on('SIGTERM', () => process.exit());\n    Not copied: a worker handles signals and uncaught exceptions itself.`,
    );
    const again = await add(tree);
    expect(again.log).toBe('Fledge is already installed. Nothing was changed.');
  });

  it('writes TypeScript that parses', async () => {
    const { tree } = await add(application());
    for (const path of tree.files.filter((file) => file.endsWith('.ts'))) {
      const { diagnostics } = ts.transpileModule(tree.readText(path), { reportDiagnostics: true });
      expect(diagnostics, path).toEqual([]);
    }
  });

  it.each([
    ['a variable', `const imports = [];\n@Module({ imports })`, 'its imports are not an array literal'],
    ['a call', `@Module({ imports: modules() })`, 'its imports are not an array literal'],
    ['metadata elsewhere', `@Module(metadata)`, 'the argument of @Module() is not an object literal'],
    ['a spread', `@Module({ ...metadata })`, 'its imports may come from a spread in @Module()'],
    ['no module', '', 'it has no class AppModule with @Module()'],
  ])('prints the lines to add: %s', async (_, decorator, why) => {
    const module = `import { Module } from '@nestjs/common';\n${decorator}\nexport class AppModule {}\n`;
    const { tree, log } = await add(application({ files: { 'src/app.module.ts': module } }));
    expect(log).toContain(`src/app.module.ts was not changed: ${why}. Add these lines yourself:`);
    expect(log).toContain(`import { JobsModule } from 'nestjs-fledge';`);
    expect(log).toContain('JobsModule.forRoot({');
    expect(tree.readText('/src/app.module.ts')).not.toContain('forRoot');
    expect(tree.exists('/src/main-worker.ts')).toBe(true);
  });

  it('asks for the root module if it finds none', async () => {
    const tree = application();
    tree.rename('/src/app.module.ts', '/src/wiring.ts');
    await expect(add(tree)).rejects.toThrow('Pass its file: --module=');
    const { tree: added } = await add(tree, { module: 'wiring.ts' });
    expect(added.readText('/src/wiring.ts')).toContain('JobsModule.forRoot');
  });

  it('reports packages whose version does not fit, and leaves them', async () => {
    const { tree, log } = await add(application({ packages: { bullmq: '^5.78.0', nodemailer: '8.0.2' } }));
    expect(log).toContain(
      'A package has an unsupported version: bullmq ^5.78.0. Fledge needs bullmq ^6.7.0.',
    );
    expect(log).toContain('A package has an unsupported version: nodemailer 8.0.2.');
    expect(log).toContain('To upgrade and install, run: npm install bullmq@6 nodemailer@10');
    expect(tree.readJson('/package.json')).toMatchObject({ devDependencies: { bullmq: '^5.78.0' } });
  });

  it('reports a Nest that is too old', async () => {
    const { log } = await add(application({ nest: 10 }));
    expect(log).toContain('A package has an unsupported version: @nestjs/core ^10.0.1.');
    expect(log).toContain('Upgrade Nest first, as its migration guide describes');
    expect(log).not.toContain('To upgrade and install');
  });

  it('finds compiled entrypoints where start:prod expects them', async () => {
    const tree = application();
    tree.overwrite('/package.json', tree.readText('/package.json').replace('dist/main', 'dist/src/main'));
    const added = (await add(tree)).tree;
    expect(added.readText('/package.json')).toContain('node dist/src/main-worker.js');
    const { services } = parse(added.readText('/docker-compose.yml')) as {
      services: Record<string, { command: string[] }>;
    };
    expect(services.worker!.command).toEqual(['node', 'dist/src/main-worker.js']);
  });

  it.each([
    ['nest start --watch --builder swc', 'nest start --watch --builder swc --exec "fledge dev"'],
    ['NODE_ENV=development nest start -w', 'NODE_ENV=development nest start -w --exec "fledge dev"'],
    ['nest start --watch && echo done', 'nest start --watch --exec "fledge dev"'],
    ['nest start --watch --exec bun', 'nest start --watch --exec "fledge dev"'],
    ['ts-node-dev src/main.ts', 'nest start --watch --exec "fledge dev"'],
  ])('adds start:all:dev to an application whose start:dev is %s', async (own, wanted) => {
    const tree = application();
    const manifest = tree.readJson('/package.json') as { scripts: Record<string, string> };
    manifest.scripts['start:dev'] = own;
    tree.overwrite('/package.json', JSON.stringify(manifest));
    expect((await add(tree)).tree.readJson('/package.json')).toMatchObject({
      scripts: { 'start:dev': own, 'start:all:dev': wanted },
    });
  });

  it("does not register the application's own class in the file of a sample", async () => {
    const files = { 'src/mailers/user.mailer.ts': 'export class UserMailer {}\n' };
    const { tree, log } = await add(application({ files }));
    expect(tree.readText('src/app.module.ts')).not.toContain('UserMailer');
    expect(tree.readText('src/app.module.ts')).toContain('GreetJob');
    expect(log).toContain(
      'The sample UserMailer was not written, because src/mailers/user.mailer.ts exists.',
    );
  });

  it('leaves out a sample whose class exists, and says where', async () => {
    const files = { 'src/people/user.mailer.ts': 'export class UserMailer {}\n' };
    const { tree, log } = await add(application({ files }));
    expect(log).toContain(
      'The sample UserMailer was not written, because src/people/user.mailer.ts has a class of this name.',
    );
    expect(tree.files.filter((path) => /mailers?\//.test(path))).toEqual([]);
    expect(tree.readText('/src/app.module.ts')).toContain('providers: [GreetJob],');
  });

  it('writes no layout beside the application’s own, and no template in an Nx workspace', async () => {
    const own = await add(application({ files: { 'mails/layouts/main.html.liquid': '{{ content }}' } }));
    expect(own.tree.exists('/mails/layouts/default.html.liquid')).toBe(false);
    expect(own.tree.exists('/mails/user-mailer/welcome.html.liquid')).toBe(true);
    const nx = await add(application({ files: { 'nx.json': '{}' } }));
    expect(nx.tree.files.filter((path) => path.startsWith('/mails'))).toEqual([]);
    expect(nx.tree.readText('/src/mailers/user.mailer.ts')).toContain('text: `Hello ${name}!`');
    expect(nx.tree.readJson('/package.json')).not.toHaveProperty('dependencies.liquidjs');
  });

  it('says that the application’s own image needs the templates', async () => {
    const { log } = await add(application({ files: { Dockerfile: 'FROM node:24\n' } }));
    expect(log).toContain('The image must contain the mail templates too. Add to it: COPY mails mails');
  });
});
