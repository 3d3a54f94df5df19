import { expect, it } from 'vitest';
import { newJobId } from './job-id.js';

it('a job id is a UUIDv7 that begins with the time', () => {
  const id = newJobId(0x0193_5b2a_7c01);
  expect(id).toMatch(/^01935b2a-7c01-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
  expect(new Set(Array.from({ length: 1000 }, () => newJobId())).size).toBe(1000);
});
