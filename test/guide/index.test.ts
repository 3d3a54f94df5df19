import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { root } from '../support/pack.js';

const index = readFileSync(join(root, 'docs/README.md'), 'utf8');

it('docs/README.md lists every page of docs/', () => {
  const [lists] = index.split('## How do I');
  const pages = readdirSync(join(root, 'docs')).filter(
    (name) => name.endsWith('.md') && name !== 'README.md',
  );
  expect(pages.length).toBeGreaterThan(15);
  expect(pages.filter((name) => !lists!.includes(`](${name})`))).toEqual([]);
});

it('each "How do I …?" has a link, or says that Fledge does not have it yet', () => {
  const [, table] = index.split('## How do I');
  const rows = [...table!.matchAll(/^\| (?!-)(.*?) \| (.*) \|$/gm)].filter(
    ([, question]) => !/^(jobs|mail|set-up|production) *$/.test(question!),
  );
  expect(rows.length).toBeGreaterThanOrEqual(34);
  expect(rows.filter(([, , answer]) => !/\]\([\w./-]+(#[\w-]+)?\)|not yet/i.test(answer!))).toEqual([]);
});
