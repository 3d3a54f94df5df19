import stringWidth from 'string-width';

const graphemes = new Intl.Segmenter(undefined, { granularity: 'grapheme' });

/** Returns how many columns a text takes on a terminal. A wide character, such as 漢 or an emoji, takes two. */
export const widthOf = (text: string): number => stringWidth(text);

/** Cuts a text to at most `width` columns, at the end of a character as readers see it. A cut text ends with `…`. */
export function shorten(text: string, width: number): string {
  if (widthOf(text) <= width) return text;
  let kept = '';
  let used = 1;
  for (const { segment } of graphemes.segment(text)) {
    used += widthOf(segment);
    if (used > width) break;
    kept += segment;
  }
  return `${kept}…`;
}

/** Returns the spaces that fill a text up to `width` columns. */
export const fill = (text: string, width: number): string => ' '.repeat(Math.max(0, width - widthOf(text)));

/**
 * Breaks a text at spaces into lines of at most `width` columns. A longer word gets its own line.
 * @param width undefined for one line
 */
export function wrap(text: string, width: number | undefined): string[] {
  if (width === undefined) return [text];
  const lines: string[] = [];
  let line: string | undefined;
  for (const word of text.split(' ')) {
    if (line !== undefined && widthOf(line) + 1 + widthOf(word) > width) {
      lines.push(line);
      line = word;
    } else {
      line = line === undefined ? word : `${line} ${word}`;
    }
  }
  return [...lines, line ?? ''];
}

/** In columns. A narrower text is harder to read than one that the terminal breaks. */
const narrowest = 20;

/**
 * Puts `text` to the right of `head`, and its other lines below its first.
 * @param width of the whole line, in columns; undefined for one line
 */
export function hang(head: string, text: string, width: number | undefined): string[] {
  const indent = widthOf(head);
  const room = width === undefined ? undefined : Math.max(narrowest, width - indent);
  const [first = '', ...rest] = wrap(text, room);
  return [head + first, ...rest.map((line) => ' '.repeat(indent) + line)];
}
