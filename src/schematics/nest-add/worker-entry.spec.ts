import ts from 'typescript';
import { describe, expect, it } from 'vitest';
import { Source } from '../typescript/source.js';
import { workerEntry } from './worker-entry.js';

const nest = `import { NestFactory } from '@nestjs/core';\nimport { AppModule } from './app.module.js';\n`;

function entryOf(main: string): ReturnType<typeof workerEntry> {
  const source = new Source(ts, '/src/main.ts', main);
  const entry = workerEntry(source, { name: 'AppModule', path: './app.module.js', style: source.style });
  const { diagnostics } = ts.transpileModule(entry.text, { reportDiagnostics: true });
  expect(diagnostics, entry.text).toEqual([]);
  return entry;
}

const own = `import { runWorker } from 'nestjs-fledge';\nimport { AppModule } from './app.module.js';\n`;
const simple = `${own}\nvoid runWorker(AppModule);\n`;
const inBootstrap = (code: string): string =>
  `async function bootstrap() {\n${code}\n  const app = await NestFactory.create(AppModule);\n  await app.listen(3000);\n}\n`;

interface Shape {
  readonly main: string;
  readonly worker: string;
}

const shapes: Readonly<Record<string, Shape>> = {
  'nothing before it': {
    main: `${nest}\n${inBootstrap('')}void bootstrap();\n`,
    worker: simple,
  },
  'a side-effect import that comes first, and one after the root module': {
    main: `import './instrument.js';\n${nest}import 'reflect-metadata';\n\n${inBootstrap('')}bootstrap();\n`,
    worker: `import './instrument.js';\n${own}import 'reflect-metadata';\n\nvoid runWorker(AppModule);\n`,
  },
  'a call in the bootstrap function': {
    main: `${nest}import { initializeTransactionalContext } from 'typeorm-transactional';\n\n${inBootstrap('  // Before the first repository.\n  initializeTransactionalContext();\n')}void bootstrap();\n`,
    worker: `${own}import { initializeTransactionalContext } from 'typeorm-transactional';\n\n// Before the first repository.\ninitializeTransactionalContext();\n\nvoid runWorker(AppModule);\n`,
  },
  'statements between the imports, as CommonJS runs them': {
    main: `import * as dotenv from 'dotenv';\ndotenv.config();\nimport * as Sentry from '@sentry/node';\nSentry.init({ dsn: process.env.DSN });\n${nest}import helmet from 'helmet';\n\n${inBootstrap('')}void bootstrap();\n`,
    worker: `import * as dotenv from 'dotenv';\n\ndotenv.config();\n\nimport * as Sentry from '@sentry/node';\n\nSentry.init({ dsn: process.env.DSN });\n\n${own}\nvoid runWorker(AppModule);\n`,
  },
  'require, import = and an assignment': {
    main: `import dotenv = require('dotenv');\n${nest}\nrequire('./instrument');\nconst moment = require('moment');\ndotenv.config();\nprocess.env.TZ = 'UTC';\nmoment.locale('de');\n${inBootstrap('')}bootstrap();\n`,
    worker: `import dotenv = require('dotenv');\n${own}\nrequire('./instrument');\nconst moment = require('moment');\ndotenv.config();\nprocess.env.TZ = 'UTC';\nmoment.locale('de');\n\nvoid runWorker(AppModule);\n`,
  },
  'a call that is awaited, with its function and what that needs': {
    main: `${nest}import { readFile, writeFile } from 'node:fs/promises';\n\nconst file = 'secrets.json';\n\n${inBootstrap('  await loadSecrets();')}void bootstrap();\n\nasync function loadSecrets(): Promise<void> {\n  Object.assign(process.env, JSON.parse(await readFile(file, 'utf8')));\n}\nexport const unused = writeFile;\n`,
    worker: `${own}import { readFile } from 'node:fs/promises';\n\nconst file = 'secrets.json';\nasync function loadSecrets(): Promise<void> {\n  Object.assign(process.env, JSON.parse(await readFile(file, 'utf8')));\n}\n\nasync function bootstrap() {\n  await loadSecrets();\n\n  await runWorker(AppModule);\n}\nvoid bootstrap();\n`,
  },
  'an arrow function, and a default import with others': {
    main: `import sdk, { type Options, traces as t } from './tracing.js';\n${nest}\nconst options: Options = {};\nconst bootstrap = async () => {\n  sdk.start(options);\n  const app = await NestFactory.create(AppModule);\n  await app.listen(3000);\n};\nbootstrap().catch(console.error);\nt.late();\n`,
    worker: `import sdk, { type Options } from './tracing.js';\n${own}\nconst options: Options = {};\n\nsdk.start(options);\n\nvoid runWorker(AppModule);\n`,
  },
  'top-level await': {
    main: `${nest}import { loadSecrets } from './secrets.js';\n\nawait loadSecrets();\nconst app = await NestFactory.create(AppModule);\nprocess.title = 'web';\nawait app.listen(3000);\n`,
    worker: `${own}import { loadSecrets } from './secrets.js';\n\nawait loadSecrets();\n\nvoid runWorker(AppModule);\n`,
  },
  'an immediately called function': {
    main: `${nest}\n(async () => {\n  process.env.TZ = 'UTC';\n  const app = await NestFactory.create(AppModule);\n  await app.listen(3000);\n})();\n`,
    worker: `${own}\nprocess.env.TZ = 'UTC';\n\nvoid runWorker(AppModule);\n`,
  },
  'a function that another one calls, in a try block': {
    main: `${nest}import { setUp } from './set-up.js';\n\nexport async function createApp() {\n  setUp('inner');\n  return NestFactory.create(AppModule);\n}\n\nasync function main() {\n  setUp('outer');\n  try {\n    setUp('try');\n    const app = await createApp();\n    await app.listen(3000);\n  } catch {}\n}\n\nsetUp('top');\nmain();\nsetUp('after');\n`,
    worker: `${own}import { setUp } from './set-up.js';\n\nsetUp('top');\n\nsetUp('outer');\nsetUp('try');\nsetUp('inner');\n\nvoid runWorker(AppModule);\n`,
  },
  'conditions, and declarations that only the web process uses': {
    main: `${nest}import * as Sentry from '@sentry/nestjs';\nimport { readFileSync } from 'node:fs';\n\n${inBootstrap("  const port = Number(process.env.PORT);\n  const httpsOptions = { key: readFileSync('key.pem') };\n  if (process.env.DSN) {\n    Sentry.init({ dsn: process.env.DSN });\n  }\n  console.log(port, httpsOptions);").replace('create(AppModule)', 'create(AppModule, { cors: true })')}void bootstrap();\n`,
    worker: `${own}import * as Sentry from '@sentry/nestjs';\nimport { readFileSync } from 'node:fs';\n\nconst port = Number(process.env.PORT);\nconst httpsOptions = { key: readFileSync('key.pem') };\nif (process.env.DSN) {\n  Sentry.init({ dsn: process.env.DSN });\n}\nconsole.log(port, httpsOptions);\n\nvoid runWorker(AppModule);\n`,
  },
  'options of the web process that a step uses too': {
    main: `${nest}import { init, isProduction, readCertificate } from './set-up.js';\n\nconst production = isProduction();\nif (production) init();\nconst httpsOptions = readCertificate();\n${inBootstrap('').replace('create(AppModule)', 'create(AppModule, { cors: production, httpsOptions })')}void bootstrap();\n`,
    worker: `${own}import { init, isProduction } from './set-up.js';\n\nconst production = isProduction();\nif (production) init();\n\nvoid runWorker(AppModule);\n`,
  },
  'Fastify and HTTP settings': {
    main: `${nest}import { FastifyAdapter, type NestFastifyApplication } from '@nestjs/platform-fastify';\n\nasync function bootstrap() {\n  const adapter = new FastifyAdapter({ trustProxy: true });\n  const app = await NestFactory.create<NestFastifyApplication>(AppModule, adapter);\n  app.enableShutdownHooks();\n  app.setGlobalPrefix('api');\n  app.useGlobalPipes();\n  await app.listen(3000);\n}\nvoid bootstrap();\n`,
    worker: simple,
  },
  "the application's logger": {
    main: `${nest}import { Logger, PinoLogger } from 'nestjs-pino';\n\nasync function bootstrap() {\n  const app = await NestFactory.create(AppModule, { bufferLogs: true, cors: true });\n  app.useLogger(app.get(Logger));\n  await app.listen(3000);\n}\nvoid bootstrap();\n`,
    worker: `${own}import { Logger } from 'nestjs-pino';\n\nvoid runWorker(AppModule, { bufferLogs: true, setup: (app) => app.useLogger(app.get(Logger)) });\n`,
  },
  'a logger in a variable, and one that is made before': {
    main: `${nest}import { WINSTON } from 'nest-winston';\nimport { makeLogger } from './logger.js';\n\nasync function bootstrap() {\n  const logger = makeLogger();\n  const server = await NestFactory.create(AppModule, { logger });\n  const winston = server.get(WINSTON);\n  const port = server.get('port');\n  server.useLogger(winston);\n  await server.listen(port);\n}\nvoid bootstrap();\n`,
    worker: `${own}import { WINSTON } from 'nest-winston';\nimport { makeLogger } from './logger.js';\n\nconst logger = makeLogger();\n\nvoid runWorker(AppModule, { logger, setup: (server) => {\n  const winston = server.get(WINSTON);\n  server.useLogger(winston);\n} });\n`,
  },
  'double quotes, no semicolons, tabs': {
    main: `import { NestFactory } from "@nestjs/core"\nimport { AppModule } from "./app.module.js"\nimport { setUp } from "./set-up.js"\n\nasync function bootstrap() {\n\tawait setUp("it's")\n\tconst app = await NestFactory.create(AppModule)\n\tawait app.listen(3000)\n}\nvoid bootstrap()\n`,
    worker: `import { runWorker } from "nestjs-fledge"\nimport { AppModule } from "./app.module.js"\nimport { setUp } from "./set-up.js"\n\nasync function bootstrap() {\n\tawait setUp("it's")\n\n\tawait runWorker(AppModule)\n}\nvoid bootstrap()\n`,
  },
};

describe("the worker's entrypoint", () => {
  it.each(Object.entries(shapes))('has what main.ts does before NestFactory.create: %s', (_, shape) => {
    const { text, left } = entryOf(shape.main);
    expect(text).toBe(shape.worker);
    expect(left).toEqual([]);
  });

  it('has the line ends of main.ts', () => {
    const { main, worker } = shapes['a call in the bootstrap function']!;
    expect(entryOf(main.replaceAll('\n', '\r\n')).text).toBe(worker.replaceAll('\n', '\r\n'));
  });

  it('is the plain one if main.ts starts no imported module', () => {
    expect(entryOf(`process.env.TZ = 'UTC';\n`).text).toBe(simple);
  });

  it.each([
    [
      'a parameter',
      `${nest}\nexport async function bootstrap(port: number) {\n  register(port);\n  const app = await NestFactory.create(AppModule);\n  await app.listen(port);\n}\n`,
      { code: 'register(port);', why: 'it uses port, a parameter' },
    ],
    [
      'the HTTP server',
      `${nest}import express from 'express';\nimport { ExpressAdapter } from '@nestjs/platform-express';\n\n${inBootstrap("  const server = express();\n  server.use(express.static('public'));").replace('create(AppModule)', 'create(AppModule, new ExpressAdapter(server))')}bootstrap();\n`,
      {
        code: "server.use(express.static('public'));",
        why: 'it uses server, which NestFactory.create gets for the web process',
      },
    ],
    [
      'handlers of the process',
      `${nest}\nprocess.on('uncaughtException', () => {\n  process.exit(1);\n});\n${inBootstrap('')}bootstrap();\n`,
      {
        code: "process.on('uncaughtException', () => {",
        why: 'a worker handles signals and uncaught exceptions itself',
      },
    ],
    [
      'a result of a call for the web process',
      `${nest}import { loadEnv } from './env.js';\n\nconst env = loadEnv();\nconst port = Number(process.env.PORT);\n\n${inBootstrap('').replace('listen(3000)', 'listen(env.port ?? port)')}bootstrap();\n`,
      { code: 'const env = loadEnv();', why: 'only the web process uses its result' },
    ],
    [
      'a name with two declarations',
      `${nest}import { setUp } from './set-up.js';\n\nasync function create() {\n  const config = 1;\n  setUp(config);\n  return NestFactory.create(AppModule);\n}\nasync function main() {\n  const config = 2;\n  await create();\n  console.log(config);\n}\nmain();\n`,
      { code: 'setUp(config);', why: 'it uses config, which is declared more than once' },
    ],
    [
      'a result for the web process',
      `${nest}import { loadSecrets } from './secrets.js';\n\n${inBootstrap('  const secrets = await loadSecrets();').replace('listen(3000)', 'listen(secrets.port)')}bootstrap();\n`,
      { code: 'const secrets = await loadSecrets();', why: 'only the web process uses its result' },
    ],
  ])('names what it leaves out: %s', (_, main, named) => {
    const { text, left } = entryOf(main);
    expect(text).toBe(simple);
    expect(left).toEqual([named]);
  });
});
