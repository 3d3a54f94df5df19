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

it('README.md has the ratios of bench/README.md', () => {
  const bench = readFileSync(join(root, 'bench/README.md'), 'utf8');
  const ratio = (name: string) =>
    new RegExp(`^\\| ${name},.*\\| ([\\d.]+) \\(`, 'm').exec(bench)?.[1] ?? `no row ${name}`;
  const mails = /\*\*([\d.]+) ×\*\*/.exec(bench)?.[1];
  expect(readFileSync(join(root, 'README.md'), 'utf8')).toContain(
    `${ratio('process-50')} × when it runs jobs, ${ratio('enqueue-bulk')} × in bulk enqueues, ${mails} × for mails`,
  );
});

it('where a page installs @nestjs/bullmq by hand, it has the version for Nest 11', () => {
  const pages = ['README.md', ...readdirSync(join(root, 'docs')).map((name) => `docs/${name}`)].filter(
    (name) => name.endsWith('.md') && name !== 'docs/tutorial.md', // which makes an application of Nest 12
  );
  const texts = pages.map((name) => [name, readFileSync(join(root, name), 'utf8')] as const);
  const byHand = texts.filter(([, text]) => /npm install .*bullmq @nestjs\/bullmq/.test(text));
  expect(byHand.length).toBeGreaterThan(0);
  expect(byHand.filter(([, text]) => !text.includes('@nestjs/bullmq@11')).map(([name]) => name)).toEqual([]);
});
