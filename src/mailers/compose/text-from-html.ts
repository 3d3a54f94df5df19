import type { HtmlToTextOptions } from 'html-to-text';
import type { Refuse } from '../mail/field-limits.js';

/** Stands where something was left out. */
const ellipsis = '[…]';

/**
 * The most characters of html that are converted. Twice what Gmail shows of a mail before it cuts it off. The parser needs half a second
 * for so many characters of tags that are never closed, and four times as long for twice as many.
 */
export const mostHtml = 200_000;

/** Html that is nested more deeply is left out: the converter calls itself for each level. Layouts made of tables have about 40 levels. */
export const mostDepth = 100;

/** What a cut may leave of an emoji. */
const halfCharacter = /[\uD800-\uDBFF]$/;

const headings = ['h1', 'h2', 'h3', 'h4', 'h5', 'h6'];

const options: HtmlToTextOptions = {
  // The reader's program knows how wide its window is.
  wordwrap: false,
  limits: { maxInputLength: mostHtml, maxDepth: mostDepth, ellipsis },
  selectors: [
    { selector: 'img', format: 'skip' },
    { selector: 'a', options: { hideLinkHrefIfSameAsText: true, ignoreHref: false } },
    ...headings.map((selector) => ({ selector, options: { uppercase: false } })),
  ],
};

let converter: Promise<(html: string) => string> | undefined;

/**
 * Makes the plain text of a mail from its html, for programs and readers without html. What is left out of very long or deeply nested
 * html is marked with `[…]`.
 *
 * @throws what `refuse` throws, for html that cannot be converted
 */
export async function textFromHtml(html: string, refuse: Refuse): Promise<string> {
  converter ??= import('html-to-text').then(({ compile }) => compile(options));
  const convert = await converter;
  try {
    return html.length <= mostHtml
      ? `${convert(html)}\n`
      : `${convert(html.slice(0, mostHtml).replace(halfCharacter, '')).trimEnd()}\n\n${ellipsis}\n`;
  } catch (thrown) {
    return refuse('its text cannot be made from its html. Return text, or text: false for none', thrown);
  }
}
