import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { localLinksOf, namedFilesOf, problemOf } from '../support/markdown.js';
import { root } from '../support/pack.js';

const pages = [
  'README.md',
  'CONTRIBUTING.md',
  'CHANGELOG.md',
  'SECURITY.md',
  ...readdirSync(join(root, 'docs'))
    .filter((name) => name.endsWith('.md'))
    .map((name) => `docs/${name}`),
  'bench/README.md',
  'infra/README.md',
  'test/consumers/README.md',
  'test/nest-add/README.md',
  'test/neighbours/README.md',
];

describe('the relative links in', () => {
  it.each(pages)('%s lead to existing files and headings', (page) => {
    const problems = localLinksOf(page).map(problemOf);
    expect(problems.filter((problem) => problem !== undefined)).toEqual([]);
  });
});

describe("the paths of Fledge's own files in", () => {
  it.each(['SECURITY.md', 'CONTRIBUTING.md', 'docs/reliability.md', 'docs/redis.md', 'docs/support.md'])(
    '%s exist',
    (page) => {
      const named = namedFilesOf(page);
      expect(named.length).toBeGreaterThan(2);
      expect(named.filter((path) => !existsSync(join(root, path)))).toEqual([]);
    },
  );
});
