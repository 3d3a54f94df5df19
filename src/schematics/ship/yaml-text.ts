import type { Document } from 'yaml';

/**
 * Returns a changed document as text. Lines from `before` and `added` stay unchanged. The printer would change spaces in
 * flow collections and before comments, but a diff should show only the additions.
 */
export function yamlText(document: Document, before: string, added = ''): string {
  const indent = /^( +)\S/m.exec(before)?.[1]?.length ?? 2;
  const flush = hasFlushLists(before.split(/\r?\n/));
  const options = { indent, indentSeq: !flush, lineWidth: 0, nullStr: '', flowCollectionPadding: false };
  const printed = document.toString(options);
  const own = new Map(
    `${added}\n${before}`.split(/\r?\n/).map((line) => [withoutSpaces(line), line.trim()] as const),
  );
  const lines: string[] = [];
  for (const line of printed.split(/\r?\n/)) {
    const above = lines.at(-1) ?? '';
    // The printer splits `app: # the web process` into two lines.
    const joined = line.trim().startsWith('#') ? own.get(withoutSpaces(above + line)) : undefined;
    if (joined !== undefined && above.endsWith(':')) lines[lines.length - 1] = indentOf(above) + joined;
    else lines.push(indentOf(line) + (own.get(withoutSpaces(line)) ?? line.trimStart()));
  }
  return lines.join(before.includes('\r\n') ? '\r\n' : '\n');
}

/** Returns whether a list is not indented below its key. */
function hasFlushLists(lines: readonly string[]): boolean {
  return lines.some((line, n) => {
    const key = /^( *)[\w-]+:[ \t]*$/.exec(line);
    return key !== null && lines[n + 1]?.startsWith(`${key[1]}- `) === true;
  });
}

const indentOf = (line: string): string => /^ */.exec(line)?.[0] ?? '';
const withoutSpaces = (line: string): string => line.replace(/\s+/g, '');
