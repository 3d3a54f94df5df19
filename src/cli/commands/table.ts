/**
 * Breaks a text at spaces into lines of at most `width` columns. A longer word gets its own line.
 * @param width undefined for one line
 */
export function wrap(text: string, width: number | undefined): string[] {
  if (width === undefined) return [text];
  const lines: string[] = [];
  let line = '';
  for (const word of text.split(' ')) {
    if (line !== '' && line.length + 1 + word.length > width) {
      lines.push(line);
      line = word;
    } else {
      line = line === '' ? word : `${line} ${word}`;
    }
  }
  return [...lines, line];
}

/** In columns. A narrower text is harder to read than one that the terminal breaks. */
const narrowest = 20;

/**
 * Puts `text` to the right of `head`, and its other lines below its first.
 * @param width of the whole line, in columns; undefined for one line
 */
export function hang(head: string, text: string, width: number | undefined): string[] {
  const room = width === undefined ? undefined : Math.max(narrowest, width - head.length);
  const [first = '', ...rest] = wrap(text, room);
  return [head + first, ...rest.map((line) => ' '.repeat(head.length) + line)];
}
