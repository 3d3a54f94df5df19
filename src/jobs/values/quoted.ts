/** A word as it was typed, for a message: ` "word"`. Returns nothing for more than a word: a URL may hold a password. */
export function quoted(word: string): string {
  return /^[\w.-]{1,40}$/.test(word) ? ` "${word}"` : '';
}

/** Returns whether a text may be a URL, or a part of one that has the password. No message quotes such a text. */
export function looksLikeUrl(text: string): boolean {
  return text.includes('@') || text.includes('://');
}
