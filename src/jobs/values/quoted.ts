/** A word as it was typed, for a message: ` "word"`. Returns nothing for more than a word: a URL may hold a password. */
export function quoted(word: string): string {
  return /^[\w.-]{1,40}$/.test(word) ? ` "${word}"` : '';
}

/** Returns whether a text may be a URL, or a part of one that has the password. No message quotes such a text. */
export function looksLikeUrl(text: string): boolean {
  return text.includes('@') || text.includes('://');
}

/**
 * Returns whether a text may be a URL, however it was written. Of other settings only a host and its port have a colon, and
 * a path that begins with a drive.
 */
export function mayBeUrl(text: string): boolean {
  const rest = text
    .trim()
    .replace(/^\[[0-9a-f:]*\]/i, '')
    .replace(/^[a-z]:[\\/]/i, '/');
  return looksLikeUrl(text) || !/^[^:]*(?::\d*)?$/.test(rest);
}
