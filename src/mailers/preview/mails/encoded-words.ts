/** Decodes the encoded words of a header (RFC 2047), such as `=?UTF-8?Q?caf=C3=A9?=`. A word that cannot be decoded stays as it is. */
export function decodeWords(value: string): string {
  // The space between two encoded words is not part of the text.
  const joined = value.replace(/\?=\s+=\?/g, '?==?');
  return joined.replace(
    /=\?([\w-]+)(?:\*[\w-]*)?\?([bq])\?([^?\s]*)\?=/gi,
    (word, charset: string, encoding: string, text: string) => {
      const bytes = encoding.toLowerCase() === 'b' ? Buffer.from(text, 'base64') : bytesOf(text);
      return decoded(bytes, charset) ?? word;
    },
  );
}

function bytesOf(quoted: string): Buffer {
  const spaced = quoted.replaceAll('_', ' ');
  return Buffer.from(
    spaced.replace(/=([\da-f]{2})/gi, (_, code: string) => String.fromCharCode(parseInt(code, 16))),
    'latin1',
  );
}

function decoded(bytes: Buffer, charset: string): string | undefined {
  try {
    return new TextDecoder(charset).decode(bytes);
  } catch {
    return undefined;
  }
}
