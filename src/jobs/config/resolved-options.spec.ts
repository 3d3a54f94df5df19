import { describe, expect, it } from 'vitest';
import type { JobsOptions } from './jobs-options.js';
import { resolveOptions } from './resolved-options.js';

describe('resolveOptions', () => {
  it('has the queues default and mailers, 25 s to stop, and payload limits of 64 and 512 KiB', () => {
    const options = resolveOptions({}, {});
    expect([...options.queues]).toEqual([
      ['default', { concurrency: 10, declared: false }],
      ['mailers', { concurrency: 5, declared: false }],
    ]);
    expect(options).toMatchObject({
      url: undefined,
      shutdownTimeout: 25_000,
      payloadLimit: { warn: 65_536, refuse: 524_288 },
      resultLimit: { warn: 65_536, keep: 524_288 },
      allowEviction: false,
      given: new Set(),
    });
  });

  it('reads url and password from the environment if the code does not set them', () => {
    const env = { JOBS_URL: 'redis://env', JOBS_PASSWORD: 'secret' };
    expect(resolveOptions({ url: undefined }, env)).toMatchObject({ url: 'redis://env', password: 'secret' });
    expect(resolveOptions({ url: 'memory:' }, env)).toMatchObject({ url: 'memory:' });
    expect(resolveOptions({}, { JOBS_URL: '' }).url).toBeUndefined();
  });

  it.each<[JobsOptions, RegExp]>([
    [{ queues: {} }, /queues is empty/],
    [{ queues: { 'a:b': {} } }, /Invalid queue name: "a:b"/],
    [{ queues: { default: { concurrency: 0 } } }, /queues.default.concurrency is 0/],
    [{ queues: { default: { concurrency: 1.5 } } }, /whole number/],
    [{ shutdownTimeout: 'soon' as '1s' }, /shutdownTimeout/],
    [{ payloadLimit: { refuse: -1 } }, /payloadLimit.refuse/],
    [{ resultLimit: { keep: 0 } }, /resultLimit.keep/],
  ])('refuses %j', (options, message) => expect(() => resolveOptions(options, {})).toThrow(message));
});
