import type { HtmlToTextOptions } from 'html-to-text';

const headings = ['h1', 'h2', 'h3', 'h4', 'h5', 'h6'];

const options: HtmlToTextOptions = {
  // The reader's program knows how wide its window is.
  wordwrap: false,
  selectors: [
    { selector: 'img', format: 'skip' },
    { selector: 'a', options: { hideLinkHrefIfSameAsText: true, ignoreHref: false } },
    ...headings.map((selector) => ({ selector, options: { uppercase: false } })),
  ],
};

let converter: Promise<(html: string) => string> | undefined;

/** What a html mail says in plain text, for programs, and readers, without html. */
export async function textFromHtml(html: string): Promise<string> {
  converter ??= import('html-to-text').then(({ compile }) => compile(options));
  return `${(await converter)(html)}\n`;
}
