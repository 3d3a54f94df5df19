/** A part of a text, from `start` to before `end`. */
export interface Place {
  readonly start: number;
  readonly end: number;
}

/** A text as a reader may decode it. Knows the place of each of its characters in the original text. */
export interface Reading {
  readonly text: string;
  /** For each character, where it starts in the original. */
  readonly starts: readonly number[];
  /** For each character, the place after it in the original. */
  readonly ends: readonly number[];
}

/** Returns the place in the original for the characters from `start` to before `end` of a reading. Both lie within its text. */
export function originalPlace({ starts, ends }: Reading, start: number, end: number): Place {
  return { start: starts[start]!, end: ends[end - 1]! };
}

/** An encoding: one of its characters, the pattern of an encoded character, and how to decode a match. */
type Decoding = readonly [mark: string, pattern: RegExp, decode: (match: string) => string];

const bytesOf = (match: string): string => Buffer.from(match.replace(/[%=]/g, ''), 'hex').toString('utf8');

/** The encodings of URLs, forms, quoted-printable, HTML and the strings of programming languages. */
const decodings: readonly Decoding[] = [
  ['%', /(?:%[0-9a-f]{2})+/gi, bytesOf],
  ['+', /\+/g, () => ' '],
  ['=', /(?:=[0-9a-f]{2})+/gi, bytesOf],
  ['&', /&(?:#\d{1,7}|#x[0-9a-f]{1,6}|[a-z]{2,6});/gi, entity],
  ['\\', /\\(?:u[0-9a-f]{4}|x[0-9a-f]{2}|[^ux])/gi, escape],
];

/** Returns all readings of a text, including the readings of an encoding within another. The first is the text itself. */
export function readingsOf(text: string): Reading[] {
  const plain = plainReading(text);
  const once = decoded(plain);
  return [plain, ...once, ...once.flatMap(decoded)].map(folded);
}

function plainReading(text: string): Reading {
  const starts = Array.from({ length: text.length }, (_, at) => at);
  return { text, starts, ends: starts.map((at) => at + 1) };
}

/** Returns the form in which words are compared. */
export function foldedText(text: string): string {
  return folded(plainReading(text)).text;
}

/** Returns the parts that are base64 of a readable text. Most words decode to bytes that are not, and are left out. */
export function base64In(
  text: string,
): { readonly text: string; readonly start: number; readonly end: number }[] {
  return [...text.matchAll(/[A-Za-z0-9+/_-]{4,}={0,2}/g)].flatMap(({ 0: run, index }) => {
    const decodedRun = Buffer.from(run, 'base64').toString('utf8');
    if (/[^\P{Cc}\0\t\r\n]|\uFFFD/u.test(decodedRun)) return [];
    return [{ text: foldedText(decodedRun), start: index, end: index + run.length }];
  });
}

/** Returns a reading for each encoding in the text. */
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
 * Makes characters equal that programs replace with each other. These are upper and lower case letters, and any run of
 * spaces, line breaks and control characters.
 */
function folded(reading: Reading): Reading {
  // A shortcut for nearly every text.
  if (/^[ -~]*$/.test(reading.text) && !reading.text.includes('  '))
    return { ...reading, text: reading.text.toLowerCase() };
  const writer = new ReadingWriter(reading);
  for (const { 0: match, index } of reading.text.matchAll(/[\s\p{Cc}]+|[^]/gu)) {
    // Some letters have two capitals. "ß" becomes "SS".
    const same = /^[\s\p{Cc}]/u.test(match) ? ' ' : match.toUpperCase().toLowerCase();
    writer.write(same, index, index + match.length);
  }
  return writer.reading();
}

/** Makes one reading out of another. */
class ReadingWriter {
  private text = '';
  private readonly starts: number[] = [];
  private readonly ends: number[] = [];

  constructor(private readonly from: Reading) {}

  keep(start: number, end: number): void {
    this.text += this.from.text.slice(start, end);
    // Not in one call of `push`, because a long text has more characters than a call may have arguments.
    for (const place of this.from.starts.slice(start, end)) this.starts.push(place);
    for (const place of this.from.ends.slice(start, end)) this.ends.push(place);
  }

  /** Writes text in place of the characters from `start` to before `end`. */
  write(text: string, start: number, end: number): void {
    this.text += text;
    const place = originalPlace(this.from, start, end);
    for (let i = 0; i < text.length; i++) {
      this.starts.push(place.start);
      this.ends.push(place.end);
    }
  }

  reading(): Reading {
    return { text: this.text, starts: this.starts, ends: this.ends };
  }
}

const entities: ReadonlyMap<string, string> = new Map([
  ['amp', '&'],
  ['apos', "'"],
  ['commat', '@'],
  ['gt', '>'],
  ['lt', '<'],
  ['period', '.'],
  ['plus', '+'],
  ['quot', '"'],
]);

function entity(match: string): string {
  const name = match.slice(1, -1).toLowerCase();
  if (!name.startsWith('#')) return entities.get(name) ?? match;
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
  const letter = match.slice(1);
  return escapes[letter] ?? letter;
}
