/** A text as somebody may read it, with the place in the original of each of its characters. */
export interface Reading {
  readonly text: string;
  readonly starts: readonly number[];
  /** After the character. */
  readonly ends: readonly number[];
}

/** A pattern, and what a match of it stands for. */
type Decoding = readonly [marks: string, pattern: RegExp, decode: (match: string) => string];

const bytesOf = (match: string): string => Buffer.from(match.replace(/[%=]/g, ''), 'hex').toString('utf8');

/** What URLs, forms, quoted-printable, HTML and the strings of programming languages write for a character. */
const decodings: readonly Decoding[] = [
  ['%', /(?:%[0-9a-f]{2})+/gi, bytesOf],
  ['+', /\+/g, () => ' '],
  ['=', /(?:=[0-9a-f]{2})+/gi, bytesOf],
  ['&', /&(?:#\d{1,7}|#x[0-9a-f]{1,6}|[a-z]{2,6});/gi, entity],
  ['\\', /\\(?:u[0-9a-f]{4}|x[0-9a-f]{2}|[^ux])/gi, escape],
];

/** All readings of a text, of which an encoding within another is one. The first is the text itself. */
export function readingsOf(text: string): Reading[] {
  const whole = Array.from({ length: text.length }, (_, at) => at);
  const plain: Reading = { text, starts: whole, ends: whole.map((at) => at + 1) };
  const once = decoded(plain);
  return [plain, ...once, ...once.flatMap(decoded)].map(folded);
}

/** The form in which words are compared. */
export function foldedText(text: string): string {
  return readingsOf(text)[0]!.text;
}

/** Parts that are base64 of a text. Most words are base64 of something, so that nothing else counts. */
export function base64In(
  text: string,
): { readonly text: string; readonly start: number; readonly end: number }[] {
  return [...text.matchAll(/[A-Za-z0-9+/_-]{4,}={0,2}/g)].flatMap(({ 0: run, index }) => {
    const decodedRun = Buffer.from(run, 'base64').toString('utf8');
    if (/[^\P{Cc}\0\t\r\n]|\uFFFD/u.test(decodedRun)) return [];
    return [{ text: foldedText(decodedRun), start: index, end: index + run.length }];
  });
}

/** By each encoding that is in it. */
function decoded(reading: Reading): Reading[] {
  return decodings.flatMap(([mark, pattern, decode]) => {
    if (!reading.text.includes(mark)) return [];
    const writer = new ReadingWriter(reading);
    let at = 0;
    for (const { 0: match, index } of reading.text.matchAll(pattern)) {
      writer.keep(at, index);
      at = index + match.length;
      writer.write(decode(match), index, at);
    }
    if (at === 0) return [];
    writer.keep(at, reading.text.length);
    return [writer.reading()];
  });
}

/**
 * Makes equal what programs exchange for each other: capitals and small letters, and any run of spaces, line breaks and
 * control characters.
 */
function folded(reading: Reading): Reading {
  // Nearly every text.
  if (/^[ -~]*$/.test(reading.text) && !reading.text.includes('  '))
    return { ...reading, text: reading.text.toLowerCase() };
  const writer = new ReadingWriter(reading);
  for (const { 0: match, index } of reading.text.matchAll(/[\s\p{Cc}]+|[^]/gu)) {
    // Of some letters, such as "ß", the capital is two.
    const same = /^[\s\p{Cc}]/u.test(match) ? ' ' : match.toUpperCase().toLowerCase();
    writer.write(same, index, index + match.length);
  }
  return writer.reading();
}

/** Makes one reading of another. */
class ReadingWriter {
  private text = '';
  private readonly starts: number[] = [];
  private readonly ends: number[] = [];

  constructor(private readonly from: Reading) {}

  keep(start: number, end: number): void {
    this.text += this.from.text.slice(start, end);
    // Not in one call: a long text has more characters than a call may have arguments.
    for (let at = start; at < end; at++) {
      this.starts.push(this.from.starts[at]!);
      this.ends.push(this.from.ends[at]!);
    }
  }

  /** In the place of what stands from `start` to before `end`. */
  write(text: string, start: number, end: number): void {
    this.text += text;
    for (let i = 0; i < text.length; i++) {
      this.starts.push(this.from.starts[start]!);
      this.ends.push(this.from.ends[end - 1]!);
    }
  }

  reading(): Reading {
    return { text: this.text, starts: this.starts, ends: this.ends };
  }
}

const entities: Readonly<Record<string, string>> = {
  amp: '&',
  apos: "'",
  commat: '@',
  gt: '>',
  lt: '<',
  period: '.',
  plus: '+',
  quot: '"',
};

function entity(match: string): string {
  const name = match.slice(1, -1).toLowerCase();
  if (!name.startsWith('#')) return Object.hasOwn(entities, name) ? entities[name]! : match;
  const code = name.startsWith('#x') ? Number.parseInt(name.slice(2), 16) : Number(name.slice(1));
  return code <= 0x10_ff_ff ? String.fromCodePoint(code) : match;
}

const escapes: Readonly<Record<string, string>> = {
  b: '\b',
  f: '\f',
  n: '\n',
  r: '\r',
  t: '\t',
  v: '\v',
  0: '\0',
};

function escape(match: string): string {
  if (match.length > 2) return String.fromCharCode(Number.parseInt(match.slice(2), 16));
  return escapes[match[1]!] ?? match[1]!;
}
