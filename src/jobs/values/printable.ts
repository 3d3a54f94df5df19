/**
 * Characters that a reader cannot see:
 * - control characters, which a terminal executes
 * - format characters, which turn the direction of text or have no width
 * - line separators, and halves of surrogate pairs
 */
const invisible = /[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]/gu;
/** Most text is plain and is returned unchanged. */
const plain = /^[\x20-\x7e]*$/;
const plainLines = /^[\x20-\x7e\n\t]*$/;

/** Letters, marks and fillers of the scripts that need joiners for their spelling. */
const joining =
  /[\p{scx=Arab}\p{scx=Syrc}\p{scx=Mong}\p{scx=Nko}\p{scx=Deva}\p{scx=Beng}\p{scx=Guru}\p{scx=Gujr}\p{scx=Orya}\p{scx=Taml}\p{scx=Telu}\p{scx=Knda}\p{scx=Mlym}\p{scx=Sinh}\p{scx=Khmr}\p{scx=Mymr}]$/u;
const pictureBefore = /[\p{Extended_Pictographic}\p{Emoji_Modifier}\ufe0f]$/u;
const pictureAfter = /^\p{Extended_Pictographic}/u;
const indented = /^(?: {2}|\t|$)/;

/**
 * Makes text safe for one line of a terminal or a text log. Each invisible character is escaped as in JavaScript: `\n`,
 * `\u202e`. Joiners stay within an emoji, and after a letter of a script that is spelled with them. A backslash stays as it
 * is, so only JSON is exact. A second call changes nothing.
 */
export function printable(text: string): string {
  return plain.test(text) ? text : text.replace(invisible, (char, at: number) => shown(char, text, at));
}

/**
 * Works as `printable` does, for text that may have several lines, such as a stack. Every line after the first is indented,
 * so that no line looks like a separate entry. Tabs stay.
 */
export function printableLines(text: string): string {
  const safe = plainLines.test(text)
    ? text
    : text
        .replace(/\r\n/g, '\n')
        .replace(invisible, (char, at: number, all: string) =>
          char === '\n' || char === '\t' ? char : shown(char, all, at),
        );
  return safe.includes('\n') ? indentedLines(safe).join('\n') : safe;
}

/** Works as `printableLines` does, for text below the line that it belongs to: the first line is indented as well. */
export function printableBelow(text: string): string {
  return printableLines(`\n${text}`).slice(1);
}

/** Splits text into lines and indents every line but the first, unless it is indented already. */
export function indentedLines(text: string): string[] {
  return text.split(/\r?\n/).map((line, n) => (n === 0 || indented.test(line) ? line : `    ${line}`));
}

/** Writes a value as JSON on one line, with all invisible characters escaped. Parsing it gives the same value. */
export function printableJson(value: unknown): string {
  return escapeJson(JSON.stringify(value));
}

/** Escapes the invisible characters of JSON. Compact JSON has them only in its strings. */
export function escapeJson(json: string): string {
  return plain.test(json) ? json : json.replace(invisible, units);
}

function shown(char: string, text: string, at: number): string {
  switch (char) {
    case '\n':
      return '\\n';
    case '\r':
      return '\\r';
    case '\t':
      return '\\t';
    case '\u200c':
    case '\u200d':
      return joins(char, text.slice(Math.max(0, at - 2), at), text.slice(at + 1, at + 3))
        ? char
        : units(char);
    default:
      return char.length === 1 ? units(char) : `\\u{${char.codePointAt(0)!.toString(16)}}`;
  }
}

/** Returns whether the text around a joiner needs it. */
function joins(joiner: string, before: string, after: string): boolean {
  return (
    joining.test(before) || (joiner === '\u200d' && pictureBefore.test(before) && pictureAfter.test(after))
  );
}

function units(char: string): string {
  return Array.from(
    { length: char.length },
    (_, n) => `\\u${char.charCodeAt(n).toString(16).padStart(4, '0')}`,
  ).join('');
}

/** Writes a number with its noun: `1 job`, `2 jobs`. */
export function counted(number: number, noun: string): string {
  return `${number} ${noun}${number === 1 ? '' : 's'}`;
}
