/** Breaks at spaces, so that no line is longer than `width`, as far as words allow. Undefined: one line. */
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

/** Below this many columns a wrapped text is harder to read than one that the terminal breaks. */
const narrowest = 20;

/**
 * Puts `text` right of `head`, its further lines below its beginning.
 * @param width columns in all; undefined: one line
 */
export function hang(head: string, text: string, width: number | undefined): string[] {
  const room = width === undefined ? undefined : Math.max(narrowest, width - head.length);
  const [first = '', ...rest] = wrap(text, room);
  return [head + first, ...rest.map((line) => ' '.repeat(head.length) + line)];
}
