import { expect, it } from 'vitest';
import { compose, type Middleware } from './middleware.js';

const named =
  (name: string): Middleware<string[], string> =>
  async (log, next) => {
    log.push(`${name} >`);
    const result = await next();
    log.push(`< ${name}`);
    return `${name}(${result})`;
  };

it('runs the first link outermost and the core innermost', async () => {
  const log: string[] = [];
  const run = compose([named('a'), named('b')], async (log: string[]) => {
    log.push('core');
    return 'x';
  });
  expect(await run(log)).toBe('a(b(x))');
  expect(log).toEqual(['a >', 'b >', 'core', '< b', '< a']);
});

it('turns a synchronous error of a link into a rejection', async () => {
  const throws: Middleware<string[], string> = () => {
    throw new Error('no');
  };
  await expect(compose([throws], async () => 'x')([])).rejects.toThrow('no');
});
