import { generateKeyPairSync } from 'node:crypto';
import { copyFileSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { freePort } from '../../dist/testing/redis/free-port.js';
import { root, run } from './commands.mjs';

const bin = (name) => join(root, 'node_modules/.bin', name);
const quiet = ['--no-audit', '--no-fund', '--prefer-offline', '--loglevel=error'];

export const install = (home, ...packages) => run(home, 'npm', ['install', ...quiet, ...packages]);

/** The result of `nest new`. The command asks for the kind of modules, so its schematic is used with options. */
async function starter(home, type) {
  mkdirSync(dirname(home), { recursive: true });
  const args = [`--name=${basename(home)}`, `--type=${type}`, '--no-dry-run'];
  await run(dirname(home), bin('schematics'), ['@nestjs/schematics:application', ...args]);
  await install(home);
}

function rewrite(file, ...changes) {
  const text = changes.reduce((before, [from, to]) => before.replace(from, to), readFileSync(file, 'utf8'));
  writeFileSync(file, text);
}

/** The change that Nest's documentation describes. */
async function fastify(home) {
  await starter(home, 'esm');
  await run(home, 'npm', ['uninstall', ...quiet, '@nestjs/platform-express', '@types/express']);
  await install(home, '@nestjs/platform-fastify');
  const adapter = `import { FastifyAdapter, NestFastifyApplication } from '@nestjs/platform-fastify';\n`;
  rewrite(
    join(home, 'src/main.ts'),
    [/^/, adapter],
    [
      'NestFactory.create(AppModule)',
      'NestFactory.create<NestFastifyApplication>(\n    AppModule,\n    new FastifyAdapter(),\n  )',
    ],
  );
  rewrite(
    join(home, 'test/app.e2e-spec.ts'),
    [/^/, adapter],
    [/import \{ INestApplication \}.*\n/, ''],
    ['INestApplication<App>', 'NestFastifyApplication'],
    [/import \{ App \}.*\n/, ''],
    ['createNestApplication()', 'createNestApplication(new FastifyAdapter())'],
    ['await app.init();', 'await app.init();\n    await app.getHttpAdapter().getInstance().ready();'],
  );
}

async function nest11(home) {
  mkdirSync(home, { recursive: true });
  writeFileSync(join(home, 'package.json'), '{ "private": true }');
  await install(home, '@nestjs/cli@11');
  await run(home, 'node_modules/.bin/nest', [
    'new',
    'app',
    '--package-manager=npm',
    '--skip-git',
    '--skip-install',
  ]);
  await run(home, 'sh', ['-c', 'rm -rf node_modules package*.json && mv app/* app/.[!.]* . && rmdir app']);
  await install(home);
}

async function clone(home, git, owner, name, commit) {
  mkdirSync(home, { recursive: true });
  await run(home, 'git', ['init', '--quiet']);
  const url = git.replace('{owner}', owner).replace('{name}', name);
  await run(home, 'git', ['fetch', '--quiet', '--depth=1', url, commit]);
  await run(home, 'git', ['checkout', '--quiet', 'FETCH_HEAD']);
  // Without scripts, because husky is only for commits.
  await run(home, 'npm', ['ci', '--ignore-scripts', ...quiet]);
}

/** Fledge needs nodemailer 10, the only major version with security fixes. Its types are no longer a namespace. */
async function nodemailer10(home) {
  await install(home, 'nodemailer@10');
  rewrite(
    join(home, 'src/mailer/mailer.service.ts'),
    [
      "import nodemailer from 'nodemailer'",
      "import nodemailer, { SendMailOptions, Transporter } from 'nodemailer'",
    ],
    ['nodemailer.Transporter', 'Transporter'],
    ['nodemailer.SendMailOptions', 'SendMailOptions'],
  );
}

function monstarEnvironment(postgres) {
  const pem = {
    privateKeyEncoding: { type: 'pkcs8', format: 'pem' },
    publicKeyEncoding: { type: 'spki', format: 'pem' },
  };
  const { publicKey, privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048, ...pem });
  const base64 = (text) => Buffer.from(text).toString('base64');
  const { hostname, port, username } = new URL(postgres.url);
  const database = {
    DB_HOST: hostname,
    TEST_DB_HOST: hostname,
    DB_PORT: port,
    DB_NAME: 'postgres',
    DB_USER: username,
    DB_PASS: 'x',
  };
  const keys = { JWT_PUBLIC_KEY_BASE64: base64(publicKey), JWT_PRIVATE_KEY_BASE64: base64(privateKey) };
  const times = { JWT_ACCESS_TOKEN_EXP_IN_SEC: '3600', JWT_REFRESH_TOKEN_EXP_IN_SEC: '7200' };
  return {
    APP_ENV: 'development',
    ...database,
    ...keys,
    ...times,
    DEFAULT_ADMIN_USER_PASSWORD: 'admin-example',
  };
}

/**
 * make(home, git)       creates the application and installs its packages
 * tests                 npm scripts that must pass before and after
 * testsThen             npm scripts that find no tests before
 * needsNode             below this Node version the application's tests fail, also without Fledge
 * postgres              true if it needs a PostgreSQL
 * environment(…)        the environment variables that it needs to boot
 * isFresh               true if it is the result of `nest new`, so its pages and its watch mode are checked too
 * before(home)          a step that a person must do first, because a version does not fit
 */
export const startingPoints = {
  'nest12-esm': { make: (home) => starter(home, 'esm'), tests: ['test', 'test:e2e'], isFresh: true },
  'nest12-fastify': { make: fastify, tests: ['test', 'test:e2e'], isFresh: true },
  'nest12-cjs': {
    make: (home) => starter(home, 'cjs'),
    tests: ['test', 'test:e2e'],
    needsNode: 24.09,
    isFresh: true,
  },
  'nest11-cjs': { make: nest11, tests: ['test', 'test:e2e'], isFresh: true },
  monstar: {
    make: async (home, git) => {
      await clone(
        home,
        git,
        'monstar-lab-oss',
        'nestjs-starter-rest-api',
        'f751b0ae4c8ab631069a450ca27096357769e5a3',
      );
      await run(home, 'npm', ['rebuild', 'bcrypt', '--build-from-source', '--loglevel=error']);
    },
    tests: ['test', 'test:e2e'],
    // Its tests use these names.
    postgres: { user: 'root', port: 5432 },
    port: 'APP_PORT',
    environment: ({ postgres }) => monstarEnvironment(postgres),
    entryFolder: 'dist/src',
  },
  brocoders: {
    make: async (home, git) => {
      await clone(home, git, 'brocoders', 'nestjs-boilerplate', '9620f159eefe38f47747d02ab162852367c5472c');
      copyFileSync(join(home, 'env-example-relational'), join(home, '.env'));
    },
    // Its only tests need a running server and a mail server in Docker.
    tests: [],
    testsThen: ['test'],
    postgres: {},
    port: 'APP_PORT',
    before: nodemailer10,
    environment: ({ postgres, smtp }) => {
      const { hostname, port, username } = new URL(postgres.url);
      const mail = new URL(smtp);
      return {
        DATABASE_HOST: hostname,
        DATABASE_PORT: port,
        DATABASE_USERNAME: username,
        DATABASE_NAME: 'postgres',
        MAIL_HOST: mail.hostname,
        MAIL_PORT: mail.port,
      };
    },
  },
};

export { freePort };
