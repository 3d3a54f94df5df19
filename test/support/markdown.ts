import { existsSync, readFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { root } from './pack.js';

/** A page's text. Code is left out, since brackets and hashes in it are not Markdown. */
export const proseOf = (page: string): string =>
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

/** A link or an image of a page that is not a URL. */
export interface LocalLink {
  readonly link: string;
  /** The path of the file that it leads to, below the repository's root. */
  readonly target: string;
  readonly anchor: string | undefined;
}

/** The local links and images of a page, also those in html. */
export function localLinksOf(page: string): LocalLink[] {
  const prose = proseOf(page);
  const markdown = [...prose.matchAll(/\]\(([^)\s]+)[^)]*\)/g)].map(([, link]) => link!);
  const html = [...prose.matchAll(/<(?:a|img|source)\s[^>]*?(?:href|src|srcset)="([^"\s]+)"/g)];
  const links = [...markdown, ...html.map(([, link]) => link!)];
  return links
    .filter((link) => !/^[a-z]+:/.test(link))
    .map((link) => {
      const [path = '', anchor] = link.split('#');
      return { link, anchor, target: path === '' ? page : relative(root, join(root, dirname(page), path)) };
    });
}

/** Why a link leads nowhere, or undefined if it leads somewhere. */
export function problemOf({ link, target, anchor }: LocalLink): string | undefined {
  if (!existsSync(join(root, target))) return `${link}: no such file`;
  if (anchor && !anchorsOf(target).has(anchor)) return `${link}: no such heading`;
  return undefined;
}

/** The files of the test suite and of the reference application that a page names as code. Patterns are left out. */
export function namedFilesOf(page: string): string[] {
  const named = proseOf(page).matchAll(/`((?:test|src\/app|docker|infra)\/[\w./-]+)`/g);
  return [...named].map(([, path]) => path!);
}
