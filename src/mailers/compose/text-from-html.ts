import type { FormatCallback, HtmlToTextOptions } from 'html-to-text';
import type { Refuse } from '../mail/field-limits.js';
import { markHidden } from './hidden-elements.js';

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

/** Stands between two cells of a row until the text is finished. No text of a mail has this control character, the "unit separator". */
const betweenCells = '\u001f';

/** Writes each row on its own line, with its cells apart. Layout tables put blocks into their cells, and blocks stay on their own lines. */
const formatRow: FormatCallback = (row, walk, builder) => {
  builder.openBlock({ leadingLineBreaks: 1 });
  for (const child of row.children ?? []) {
    if (child.name === 'td' || child.name === 'th') builder.addLiteral(betweenCells);
    walk([child], builder);
  }
  builder.closeBlock({ trailingLineBreaks: 1 });
};

const headings = ['h1', 'h2', 'h3', 'h4', 'h5', 'h6'];

/** Elements that browsers show on their own lines, and html-to-text does not. */
const blocks =
  'address caption center dd details dl dt fieldset figcaption figure hgroup legend summary'.split(' ');

const lineBreaks = { leadingLineBreaks: 1, trailingLineBreaks: 1 };

const options: HtmlToTextOptions = {
  // The mail program wraps lines to the width of its window.
  wordwrap: false,
  limits: { maxInputLength: mostHtml, maxDepth: mostDepth, ellipsis },
  formatters: { row: formatRow },
  selectors: [
    { selector: 'img', format: 'skip' },
    { selector: 'tr', format: 'row' },
    ...blocks.map((selector) => ({ selector, format: 'block', options: lineBreaks })),
    // Content that no reader sees, such as a preheader with its filler.
    { selector: '[hidden]', format: 'skip' },
    { selector: 'a', options: { hideLinkHrefIfSameAsText: true, linkBrackets: ['<', '>'] } },
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
  converter ??= import('html-to-text').then(({ compile }) => {
    const convert = compile(options);
    return (source) => separateCells(convert(markHidden(source)));
  });
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

/** Puts two spaces between the cells of a row. A cell without text leaves no gap, and a row without text no line. */
function separateCells(text: string): string {
  const kept: string[] = [];
  let isAfterEmptyRow = false;
  for (const line of text.split('\n')) {
    const cells = line.split(betweenCells).map((cell) => cell.trim());
    const joined = cells.length === 1 ? line : cells.filter((cell) => cell !== '').join('  ');
    const isEmptyRow: boolean = cells.length > 1 && joined === '';
    // The blank lines around an empty row would add up.
    const isSecondBlank: boolean = isAfterEmptyRow && joined === '' && !kept.at(-1);
    if (!isEmptyRow && !isSecondBlank) kept.push(joined);
    isAfterEmptyRow = isEmptyRow || isSecondBlank;
  }
  return kept.join('\n');
}
