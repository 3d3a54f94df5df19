// The applications of the check: which neighbours each has, on which Nest, and how it is built.

/** What every application has, by Nest's major version. */
const nest = {
  12: {
    '@nestjs/bullmq': '12.0.0',
    '@nestjs/common': '12.5.1',
    '@nestjs/core': '12.5.1',
    '@nestjs/platform-express': '12.5.1',
    '@nestjs/testing': '12.1.1',
  },
  11: {
    '@nestjs/bullmq': '11.0.5',
    '@nestjs/common': '11.2.10',
    '@nestjs/core': '11.2.10',
    '@nestjs/platform-express': '11.2.10',
    '@nestjs/testing': '11.2.6',
  },
};
const always = {
  '@types/node': '24.19.2',
  bullmq: '6.7.0',
  nodemailer: '10.6.1',
  'reflect-metadata': '0.2.2',
  rxjs: '7.8.2',
  typescript: '6.0.3',
};

/** The packages of each neighbour. A pair has Nest 12's version first and Nest 11's after it. */
const neighbours = {
  bull: { '@nestjs/bull': ['12.0.0', '11.0.5'], bull: '4.16.5' },
  'bull-board': {
    '@bull-board/api': '9.10.1',
    '@bull-board/express': '9.10.1',
    '@bull-board/nestjs': '9.10.1',
  },
  'cache-manager': { '@nestjs/cache-manager': ['12.0.0', '3.1.3'], 'cache-manager': '7.2.9', keyv: '6.1.0' },
  cls: { 'nestjs-cls': '7.0.0' },
  config: { '@nestjs/config': ['12.0.1', '4.0.4'] },
  cqrs: { '@nestjs/cqrs': ['12.0.0', '11.0.3'] },
  'event-emitter': { '@nestjs/event-emitter': ['12.0.1', '3.1.0'] },
  graphql: { '@nestjs/graphql': ['14.0.3', '13.4.5'], graphql: '16.15.0' },
  i18n: { 'nestjs-i18n': '10.8.5' },
  microservices: { '@nestjs/microservices': ['12.1.1', '11.2.6'] },
  'mikro-orm': { '@mikro-orm/core': '7.2.2', '@mikro-orm/libsql': '7.2.2', '@mikro-orm/nestjs': '7.1.0' },
  'modules-mailer': { '@nestjs-modules/mailer': '2.3.7' },
  passport: {
    '@types/passport-http-bearer': '1.0.42',
    '@nestjs/passport': ['12.0.0', '11.0.5'],
    passport: '0.7.0',
    'passport-http-bearer': '1.0.1',
  },
  pino: { 'nestjs-pino': '5.2.1', pino: '10.4.0', 'pino-http': '11.0.0' },
  prisma: { '@prisma/adapter-libsql': '7.10.0', '@prisma/client': '7.10.0', prisma: '7.10.1' },
  schedule: { '@nestjs/schedule': ['12.0.2', '6.1.3'] },
  sentry: { '@sentry/nestjs': '10.75.3' },
  'serve-static': { '@nestjs/serve-static': ['12.0.0', '5.0.5'] },
  'socket-io': {
    '@nestjs/platform-socket.io': ['12.1.1', '11.2.6'],
    '@nestjs/websockets': ['12.1.1', '11.2.6'],
    'socket.io-client': '4.8.4',
  },
  terminus: { '@nestjs/terminus': ['12.1.0', '11.1.1'] },
  throttler: { '@nestjs/throttler': '6.7.1' },
  typeorm: {
    '@nestjs/typeorm': ['12.0.2', '11.0.3'],
    'sql.js': '1.16.0',
    typeorm: ['1.1.1', '0.3.31'],
  },
  ws: {
    '@nestjs/platform-ws': ['12.1.1', '11.2.6'],
    '@nestjs/websockets': ['12.1.1', '11.2.6'],
    '@types/ws': '8.18.2',
    ws: '8.23.0',
  },
};

/** The packages of several applications are installed together. TypeORM declares ioredis 5 as its peer. */
const installations = { data: { ioredis: '5.9.2' }, others: { ioredis: '6.0.0' } };

const platforms = {
  express: {
    graphql: {
      '@apollo/server': '5.5.1',
      '@as-integrations/express5': '1.1.2',
      '@nestjs/apollo': ['14.0.3', '13.4.5'],
    },
  },
  fastify: {
    always: { '@nestjs/platform-fastify': ['12.5.0', '11.2.8'] },
    graphql: { '@nestjs/mercurius': ['14.0.0', '13.4.5'], fastify: '5.12.8', mercurius: '16.10.1' },
  },
};

// Nest's CLI refuses webpack for ES modules, and names rspack for them.
const builders = {
  tsc: {},
  swc: { '@nestjs/cli': '12.0.8', '@swc/cli': '0.8.1', '@swc/core': '1.16.22' },
  webpack: {
    '@nestjs/cli': '12.0.8',
    'fork-ts-checker-webpack-plugin': '9.1.0',
    'terser-webpack-plugin': '5.6.1',
    'ts-loader': '9.6.2',
    'tsconfig-paths-webpack-plugin': '4.2.0',
    webpack: '5.113.0',
    'webpack-node-externals': '3.0.0',
  },
  rspack: {
    '@nestjs/cli': '12.0.8',
    '@rspack/core': '2.3.3',
    'tsconfig-paths-webpack-plugin': '4.2.0',
    'webpack-node-externals': '3.0.0',
  },
};

const ten = [
  'cache-manager',
  'config',
  'cqrs',
  'event-emitter',
  'i18n',
  'passport',
  'schedule',
  'serve-static',
  'terminus',
  'throttler',
];

const minified = { modules: ['config', 'cqrs'], type: 'commonjs', isMinified: true };

/** Nest 12 and Nest 11 take turns, because two applications at the same time should not wait for one installation. */
const applications = {};
for (const [name, settings] of [
  ...[12, 11].map((version) => [
    `data-${version}`,
    // MikroORM 7 and Prisma's client are ES modules.
    { modules: ['typeorm', 'mikro-orm', 'prisma', 'ws'], nest: version, installation: 'data' },
  ]),
  ...[
    ['esm', 'tsc'],
    ['cjs', 'tsc'],
    ['esm', 'swc'],
    ['cjs', 'swc'],
    ['esm', 'rspack'],
    ['cjs', 'webpack'],
  ].flatMap(([modules, builder]) =>
    [12, 11].map((version) => [
      `ten-${version}-${modules}-${builder}`,
      { modules: ten, nest: version, type: modules === 'esm' ? 'module' : 'commonjs', builder },
    ]),
  ),
  ...Object.entries({
    apollo: { modules: ['graphql', 'socket-io', 'microservices'] },
    // It needs another @fastify/static than @nestjs/serve-static on Nest 11.
    mercurius: { modules: ['graphql'], platform: 'fastify', installation: 'data' },
    context: { modules: ['cls', 'pino', 'sentry'] },
    queues: { modules: ['bull', 'bull-board', 'modules-mailer'] },
  }).flatMap(([name, settings]) => [
    [`${name}-12`, { ...settings, modules: settings.modules.filter((one) => one !== 'sentry') }],
    [`${name}-11`, { ...settings, nest: 11, type: 'commonjs' }],
  ]),
  ['minified-12-webpack', { ...minified, builder: 'webpack' }],
  ['minified-12-swc', { ...minified, builder: 'swc' }],
])
  applications[name] = {
    nest: 12,
    type: 'module',
    builder: 'tsc',
    platform: 'express',
    installation: 'others',
    ...settings,
  };

export { applications };

/** What is not checked, and why. */
export const notChecked = [
  '@sentry/nestjs on Nest 12: its newest version, 10.75, declares only Nest 8 to 11 as its peers',
  'webpack with ES modules: Nest’s CLI refuses it and names rspack, which is checked in its place',
];

/** The packages of all applications that use the same installation. */
export function packagesOf(application) {
  const sharing = Object.values(applications).filter(
    ({ nest: version, installation }) =>
      version === application.nest && installation === application.installation,
  );
  return Object.assign({}, installations[application.installation], ...sharing.map(ownPackages));
}

function ownPackages({ modules, nest: version, builder, platform }) {
  const sets = [
    nest[version],
    always,
    builders[builder],
    platforms[platform].always,
    ...modules.map((name) => neighbours[name]),
  ];
  if (modules.includes('graphql')) sets.push(platforms[platform].graphql);
  const pick = (range) => (Array.isArray(range) ? range[version === 12 ? 0 : 1] : range);
  return Object.fromEntries(
    sets.flatMap((set) => Object.entries(set ?? {}).map(([name, range]) => [name, pick(range)])),
  );
}
