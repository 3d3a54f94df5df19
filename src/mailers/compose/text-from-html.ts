import type { HtmlToTextOptions } from 'html-to-text';
import type { Refuse } from '../mail/field-limits.js';

/** Marks a place where content was left out. */
const ellipsis = '[…]';

/**
 * The maximum number of characters of html that are converted. It is twice as much as Gmail shows of a mail. For this many characters of
 * tags without an end tag, the parser takes half a second. For twice as many it takes four times as long.
 */
export const mostHtml = 200_000;

/** More deeply nested html is left out, because the converter calls itself for each level. Layouts made of tables have about 40 levels. */
export const mostDepth = 100;

/** The first half of a character, such as an emoji, that a cut may leave at the end. */
const halfCharacter = /[\uD800-\uDBFF]$/;

const headings = ['h1', 'h2', 'h3', 'h4', 'h5', 'h6'];

const options: HtmlToTextOptions = {
  // The mail program wraps lines to the width of its window.
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
 * Makes the plain text of a mail from its html. If parts of very long or deeply nested html are left out, `[…]` marks the place.
 *
 * @throws what `refuse` throws, if the html cannot be converted
 */
export async function textFromHtml(html: string, refuse: Refuse): Promise<string> {
  converter ??= import('html-to-text').then(({ compile }) => compile(options));
  const convert = await converter;
  try {
    return html.length <= mostHtml
      ? `${convert(html)}\n`
      : `${convert(html.slice(0, mostHtml).replace(halfCharacter, '')).trimEnd()}\n\n${ellipsis}\n`;
  } catch (thrown) {
    return refuse(
      'its text cannot be made from its html. Return text, or text: false to send no text',
      thrown,
    );
  }
}
