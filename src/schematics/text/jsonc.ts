/** Parses JSON that may have comments and trailing commas, such as nest-cli.json. @returns undefined if it is not valid */
export function parseJsonc(text: string): unknown {
  try {
    return JSON.parse(withoutComments(text.replace(/^\uFEFF/, '')));
  } catch {
    return undefined;
  }
}

function withoutComments(text: string): string {
  let kept = '';
  for (let at = 0; at < text.length;) {
    const end = endOfPiece(text, at);
    const piece = text.slice(at, end);
    at = end;
    if (piece.startsWith('//') || piece.startsWith('/*')) continue;
    // The comma before a closing bracket.
    if ((piece === '}' || piece === ']') && kept.trimEnd().endsWith(',')) kept = kept.trimEnd().slice(0, -1);
    kept += piece;
  }
  return kept;
}

/** Returns where the string, the comment or the character at a position ends. */
function endOfPiece(text: string, at: number): number {
  const two = text.slice(at, at + 2);
  if (two === '//') return orEnd(text, text.indexOf('\n', at));
  if (two === '/*') return orEnd(text, text.indexOf('*/', at + 2) + 2, 2);
  if (text[at] !== '"') return at + 1;
  let end = at + 1;
  while (end < text.length && text[end] !== '"') end += text[end] === '\\' ? 2 : 1;
  return end + 1;
}

/** A search that found nothing returns -1. */
function orEnd(text: string, found: number, added = 0): number {
  return found < added || found === -1 ? text.length : found;
}
