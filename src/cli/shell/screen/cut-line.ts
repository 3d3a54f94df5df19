import { printable } from '../../../jobs/values/printable.js';
import type { Line, Painted } from '../output.js';
import { shorten, widthOf } from '../text.js';

/** Cuts a line to at most `width` columns. A cut line ends with `…`. */
export function cutLine(line: Line, width: number | undefined): Line {
  if (width === undefined) return line;
  const kept: Painted[] = [];
  let room = width;
  for (const part of typeof line === 'string' ? [line] : line) {
    const painted = typeof part === 'string' ? { text: part } : part;
    const text = printable(painted.text);
    if (text === '') continue;
    const needed = widthOf(text);
    if (needed > room) return room === 0 ? kept : [...kept, { ...painted, text: shorten(text, room) }];
    kept.push({ ...painted, text });
    room -= needed;
  }
  return kept;
}
