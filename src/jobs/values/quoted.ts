/** Quotes a word for a message: ` "word"`. Returns an empty string for longer text, because a URL may contain a password. */
export function quoted(word: string): string {
  return /^[\w.-]{1,40}$/.test(word) ? ` "${word}"` : '';
}

/** Quotes a name that code declares, such as a schedule or an action, of any length. Returns an empty string for other text. */
export function quotedName(name: string): string {
  return /^[\p{L}\p{N}_.$:-]+$/u.test(name) ? ` "${name}"` : '';
}

/** Returns whether a text may be a URL, or a part of a URL that contains the password. No message quotes such a text. */
export function looksLikeUrl(text: string): boolean {
  return text.includes('@') || text.includes('://');
}

/**
 * Returns whether a text may be a URL, even a malformed one. A colon is otherwise allowed only between a host and its port,
 * and after the drive letter of a path.
 */
export function mayBeUrl(text: string): boolean {
  const rest = text
    .trim()
    .replace(/^\[[0-9a-f:]*\]/i, '')
    .replace(/^[a-z]:[\\/]/i, '/');
  return looksLikeUrl(text) || !/^[^:]*(?::\d*)?$/.test(rest);
}
