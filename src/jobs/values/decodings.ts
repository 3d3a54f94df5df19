const utf8 = (bytes: Uint8Array | readonly number[]): string => Buffer.from(bytes).toString('utf8');

/**
 * What a part of a text says once it is decoded, by each encoding that it may be in: URLs, quoted-printable, HTML,
 * JavaScript's strings and base64.
 */
export function decodingsOf(part: string): string[] {
  const once = [
    ...(part.includes('%') ? [hexadecimal(part, /(?:%[0-9a-f]{2})+/gi)] : []),
    ...(part.includes('=') ? [hexadecimal(part, /(?:=[0-9a-f]{2})+/gi)] : []),
    ...(part.includes('&') ? [withoutEntities(part)] : []),
    ...(part.includes('\\') ? [withoutBackslashes(part)] : []),
  ].filter((decoded) => decoded !== part);
  // A URL within a URL.
  const twice = once.flatMap((decoded) => (decoded.includes('%') ? decodingsOf(decoded) : []));
  return [...once, ...twice, ...fromBase64(part)];
}

/** Each run of escapes is UTF-8. */
function hexadecimal(text: string, escapes: RegExp): string {
  return text.replace(escapes, (run) => Buffer.from(run.replace(/[%=]/g, ''), 'hex').toString('utf8'));
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

function withoutEntities(text: string): string {
  return text.replace(/&(?:#(\d{1,7})|#x([0-9a-f]{1,6})|([a-z]{2,6}));/gi, (all, decimal, hex, name) => {
    const code = decimal ? Number(decimal) : hex ? Number.parseInt(String(hex), 16) : undefined;
    if (code !== undefined) return code <= 0x10_ff_ff ? String.fromCodePoint(code) : String(all);
    const known = String(name).toLowerCase();
    return Object.hasOwn(entities, known) ? entities[known]! : String(all);
  });
}

/** As in JSON, JavaScript and C. */
function withoutBackslashes(text: string): string {
  const named: Readonly<Record<string, string>> = { n: '\n', r: '\r', t: '\t' };
  return text.replace(
    /\\(?:u([0-9a-f]{4})|x([0-9a-f]{2})|(.))/gi,
    (_, long?: string, short?: string, letter = '') => {
      const hex = long ?? short;
      if (hex !== undefined) return String.fromCharCode(Number.parseInt(hex, 16));
      return named[String(letter)] ?? String(letter);
    },
  );
}

/** Only what decodes to a text: most words are base64 of something. */
function fromBase64(text: string): string[] {
  return [...text.matchAll(/[A-Za-z0-9+/_-]{4,}/g)]
    .map(([run]) => utf8(Buffer.from(run, 'base64')))
    .filter((decoded) => !/[^\P{Cc}\0\t\r\n]|\uFFFD/u.test(decoded));
}
