import { expect, it } from 'vitest';
import type { JobsOptions } from './jobs-options.js';
import { resolveOptions } from './resolved-options.js';

const nodes = [{ host: 'h', port: 1 }];

it.each<[object, RegExp]>([
  [{ queue: {} }, /Unknown option "queue" of JobsModule.forRoot. Did you mean "queues"\?/],
  [{ queues: { default: { concurency: 3 } } }, /"concurency" of queues.default of .*"concurrency"/],
  [{ queues: { default: 5 } }, /queues.default of JobsModule.forRoot is not an object/],
  [{ payloadLimit: { warn: 1, keep: 2 } }, /"keep" of payloadLimit/],
  [{ resultLimit: { refuse: 1 } }, /"refuse" of resultLimit/],
  [{ retention: { completd: {} } }, /"completd" of retention.*"completed"/],
  [{ retention: { completed: { ages: '1h' } } }, /"ages" of retention.completed.*"age"/],
  [{ retention: { dead: { max: 1 } } }, /"max" of retention.dead/],
  [{ defaults: { attemts: 3 } }, /"attemts" of defaults.*"attempts"/],
  [{ adoptCron: { retries: 3 } }, /"retries" of adoptCron/],
  [{ redis: { host: 'h', password: 's3cret' } }, /^(?!.*s3cret)The option redis.host .*Put it into the url/],
  [{ redis: { keepAlive: 1 } }, /redis.keepAlive .*redis: { ioredis: { keepAlive: … } }/],
  [{ redis: { tsl: {} } }, /"tsl" of redis.*"tls"/],
  [{ redis: { sentinels: nodes } }, /Use the option sentinel/],
  [{ redis: { constructor: 1 } }, /redis.constructor/],
  [{ sentinel: { name: 'm', nodes, sentinelPassword: 'x' } }, /"sentinelPassword" of sentinel/],
  [{ cluster: { nodes, redisOptions: {} } }, /"redisOptions" of cluster/],
  [{ cluster: { nodes: [{ ...nodes[0], tls: {} }] } }, /"tls" of cluster.nodes/],
  [{ cluster: { nodes }, sentinel: { name: 'm', nodes } }, /Both sentinel and cluster/],
  [{ payloadLimit: { warn: 100, refuse: 10 } }, /payloadLimit.warn is 100, more than payloadLimit.refuse/],
  [{ payloadLimit: { warn: 1024 * 1024 } }, /which is 524288, so it would never warn/],
  [{ resultLimit: { warn: 100, keep: 10 } }, /resultLimit.warn is 100, more than resultLimit.keep/],
])('refuses %j', (options, message) => {
  expect(() => resolveOptions(options, {})).toThrow(message);
  expect(() => resolveOptions(options, {})).toThrow(/FLEDGE_OPTION_INVALID/);
});

it('accepts every option, and options without a value', () => {
  const all: Required<Omit<JobsOptions, 'cluster'>> = {
    url: 'redis://h',
    sentinel: { name: 'm', nodes, password: 'x', tls: true },
    redis: { tls: {}, family: 4, ioredis: { anything: 1 } },
    password: 'x',
    prefix: 'p',
    app: 'a',
    queues: { default: { concurrency: 1 }, other: {} },
    shutdownTimeout: '25s',
    healthPort: 1,
    loopBlockThreshold: '1s',
    middleware: [],
    enqueueMiddleware: [],
    handlers: [],
    payloadLimit: { warn: 1, refuse: 2 },
    resultLimit: { warn: 1, keep: 2 },
    defaults: { attempts: 1, timeout: '1s' },
    schedules: [],
    adoptCron: { queue: 'other', attempts: 2 },
    allowEviction: true,
    retention: { completed: { age: '1h', count: 1 }, dead: {} },
    watchInterval: '5s',
    injectQueues: [],
  };
  expect(() => resolveOptions(all, {})).not.toThrow();
  expect(() => resolveOptions({ cluster: { nodes, ioredis: {} } }, {})).not.toThrow();
  expect(() => resolveOptions({ quues: undefined } as JobsOptions, {})).not.toThrow();
});

it('lowers the default of a warning to the limit', () => {
  expect(resolveOptions({ payloadLimit: { refuse: 10 }, resultLimit: { keep: 20 } }, {})).toMatchObject({
    payloadLimit: { warn: 10, refuse: 10 },
    resultLimit: { warn: 20, keep: 20 },
  });
});
