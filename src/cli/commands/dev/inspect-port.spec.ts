import { describe, expect, it } from 'vitest';
import { withNextPort } from './inspect-port.js';

describe('withNextPort', () => {
  it.each([
    ['--inspect', '--inspect=9230'],
    ['--inspect=9300', '--inspect=9301'],
    ['--inspect=0', '--inspect=0'],
    ['--inspect-brk=127.0.0.1:9300', '--inspect-brk=127.0.0.1:9301'],
    ['--inspect-wait=localhost', '--inspect-wait=localhost:9230'],
    ['--inspect=[::1]:9300', '--inspect=[::1]:9301'],
    ['--enable-source-maps', '--enable-source-maps'],
    ['--inspect-publish-uid=http', '--inspect-publish-uid=http'],
    ['--env-file=.env', '--env-file=.env'],
  ])('%s: %s', (flag, next) => {
    expect(withNextPort([flag])).toEqual([next]);
  });
});
