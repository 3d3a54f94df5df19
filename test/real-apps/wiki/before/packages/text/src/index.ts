/** The words of a page, cut to a length. */
export function excerpt(text: string, length = 60): string {
  const words = text.split(/\s+/).join(' ').trim();
  return words.length <= length ? words : `${words.slice(0, length - 1)}…`;
}
