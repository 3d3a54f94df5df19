import fc from 'fast-check';

/**
 * Text that an attacker could write into a store: terminal control sequences, forged lines, bidirectional and
 * invisible characters.
 */
const tokens = [
  [
    '\u001b[2J',
    '\u001b]0;title\u0007',
    '\u001b]8;;http://evil.test\u001b\\',
    '\u001bP1$r\u001b\\',
    '\u001b[8m',
    '\u001bc',
  ],
  [
    '\u009b31m',
    '\u009d0;x\u009c',
    '\u0090',
    '\u0085',
    '\u0000',
    '\u0007',
    '\b',
    '\u000b',
    '\f',
    '\u007f',
    '\t',
  ],
  [
    '\nFORGED',
    '\r\nFORGED',
    '\rFORGED',
    '\u2028FORGED',
    '\u2029FORGED',
    '\u0085FORGED',
    '\n[Nest] 1  - FORGED',
  ],
  [
    '\u202a',
    '\u202b',
    '\u202c',
    '\u202d',
    '\u202egnp.',
    '\u2066',
    '\u2067',
    '\u2068',
    '\u2069',
    '\u200e',
    '\u200f',
    '\u061c',
  ],
  [
    'a\u200bb',
    'a\u200cb',
    'a\u200db',
    '\u2060',
    '\ufeff',
    '\u00ad',
    '\u180e',
    '\ufff9',
    '\u{e0041}',
    '\u{1d173}',
  ],
  ['"', "'", '\\', '\\u001b', '{', '}', ' ', 'é', '漢', '👩‍👧', 'می‌خ'],
].flat();

const piece = fc.oneof(
  { weight: 4, arbitrary: fc.constantFrom(...tokens) },
  { weight: 1, arbitrary: fc.string({ unit: 'binary', maxLength: 5 }) },
);

/** Without unpaired surrogates and without the colon, which keys and queue names cannot contain. */
export const hostileText = fc
  .array(piece, { minLength: 1, maxLength: 8 })
  .map((pieces) => `x${pieces.join('').replaceAll(':', '')}`);

/** For values that are stored as JSON. */
export const hostileUnits = hostileText.map((text) => `${text}\ud800 \udc00`);

/**
 * Ranges of code points, from and to. They are listed here and not taken from the printer's properties. The line feed
 * is not included.
 */
const unseen: readonly (readonly [number, number])[] = [
  ...([
    [0, 0x08],
    [0x0b, 0x1f],
    [0x7f, 0x9f],
    [0xad, 0xad],
    [0x61c, 0x61c],
    [0x180e, 0x180e],
    [0x200b, 0x200b],
  ] as const),
  ...([
    [0x200e, 0x200f],
    [0x2028, 0x202e],
    [0x2060, 0x206f],
    [0xd800, 0xdfff],
    [0xfeff, 0xfeff],
  ] as const),
  ...([
    [0xfff9, 0xfffb],
    [0x1d173, 0x1d17a],
    [0xe0000, 0xe007f],
  ] as const),
];

/** Returns characters of printed text that control a terminal or are invisible. */
export function offences(text: string): string[] {
  const found = Array.from(text).filter((char) => {
    const point = char.codePointAt(0)!;
    return unseen.some(([from, to]) => point >= from && point <= to);
  });
  return [...found.map((char) => JSON.stringify(char)), ...(/a[\u200c\u200d]b/.exec(text) ?? [])];
}

/** Lines that only a forged entry begins with. */
export function forged(text: string): string[] {
  return text.split('\n').filter((line) => /^(FORGED|\[Nest\] 1 {2}- FORGED)/.test(line));
}
