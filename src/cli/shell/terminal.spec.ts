import { describe, expect, it } from 'vitest';
import { measure } from './terminal.js';

const terminal = { isTTY: true, columns: 120 };

describe('the width', () => {
  it.each([
    ['of a terminal', terminal, {}, 120],
    ['of a terminal that does not report it', { isTTY: true, columns: 0 }, {}, 80],
    ['of a file or a pipe', {}, {}, undefined],
    ['with COLUMNS', terminal, { COLUMNS: '60' }, 60],
    ['of a pipe with COLUMNS', {}, { COLUMNS: '60' }, 60],
    ['with a wrong COLUMNS', terminal, { COLUMNS: '0' }, 120],
    ['with another wrong COLUMNS', terminal, { COLUMNS: 'wide' }, 120],
  ])('%s', (_, stdout, env, width) => expect(measure({ stdout, env }).width).toBe(width));
});

describe('colours', () => {
  it.each([
    [terminal, {}, true],
    [{}, {}, false],
    [terminal, { NO_COLOR: '1' }, false],
    [terminal, { NO_COLOR: '' }, true],
    [terminal, { TERM: 'dumb' }, false],
    [{}, { FORCE_COLOR: '1' }, true],
    [{}, { FORCE_COLOR: '' }, true],
    [{}, { FORCE_COLOR: 'true' }, true],
    [terminal, { FORCE_COLOR: '0' }, false],
    [terminal, { FORCE_COLOR: 'false' }, false],
    [terminal, { FORCE_COLOR: '1', NO_COLOR: '1' }, true],
  ])('on %j with %j: %s', (stdout, env, colours) => expect(measure({ stdout, env }).colours).toBe(colours));
});
