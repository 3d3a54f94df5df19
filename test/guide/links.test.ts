import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { describe, expect, it } from 'vitest';
import { root } from '../support/pack.js';

const pages = [
  'README.md',
  'CONTRIBUTING.md',
  'CHANGELOG.md',
  ...readdirSync(join(root, 'docs'))
    .filter((name) => name.endsWith('.md'))
    .map((name) => `docs/${name}`),
  'bench/README.md',
  'infra/README.md',
  'test/consumers/README.md',
  'test/nest-add/README.md',
];

/** A page's text. Code is left out, since brackets and hashes in it are not Markdown. */
const proseOf = (page: string): string =>
  readFileSync(join(root, page), 'utf8').replace(/^```.*?^```/gms, '');

/** GitHub's rule: lower case, no punctuation but hyphens and underscores, hyphens for spaces. */
function anchorOf(heading: string): string {
  const text = heading.replace(/\[([^\]]*)\]\([^)]*\)/g, '$1').toLowerCase();
  return text.replace(/[^\p{L}\p{N}\s_-]/gu, '').replace(/ /g, '-');
}

function anchorsOf(page: string): Set<string> {
  const prose = proseOf(page);
  const headings = [...prose.matchAll(/^#+ (.+)$/gm)].map(([, heading]) => anchorOf(heading!));
  const explicit = [...prose.matchAll(/<a id="([^"]+)">/g)].map(([, id]) => id!);
  return new Set([...headings, ...explicit]);
}

/** Why a link of a page leads nowhere, or undefined if it leads somewhere. */
function problemOf(page: string, link: string): string | undefined {
  const [path = '', anchor] = link.split('#');
  const target = path === '' ? page : relative(root, join(root, dirname(page), path));
  if (!existsSync(join(root, target))) return `${link}: no such file`;
  if (anchor && !anchorsOf(target).has(anchor)) return `${link}: no such heading`;
  return undefined;
}

describe('the relative links in', () => {
  it.each(pages)('%s lead to existing files and headings', (page) => {
    const links = [...proseOf(page).matchAll(/\]\(([^)\s]+)\)/g)].map(([, link]) => link!);
    const local = links.filter((link) => !/^[a-z]+:/.test(link));
    expect(local.map((link) => problemOf(page, link)).filter((problem) => problem !== undefined)).toEqual([]);
  });
});
