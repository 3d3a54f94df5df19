/** @returns the text of a node's doc comment as one line, and the text of its `@default`, undefined if it has none */
export function docOf(node) {
  const comment = node.jsDoc?.at(-1)?.getText() ?? '';
  const lines = comment
    .replace(/^\/\*\*|\*\/$/g, '')
    .split('\n')
    .map((line) => line.replace(/^\s*\* ?/, '').trim());
  const [text = '', ...tags] = joined(lines).split(/(?:^|\s)@(?=(?:default|throws|example)\b)/);
  const usual = tags.find((tag) => tag.startsWith('default'))?.slice('default'.length);
  return { text: text.trim(), usual: usual?.trim() };
}

/** A list in a comment becomes lines of the cell. */
function joined(lines) {
  return lines
    .map((line) => (line.startsWith('- ') ? `<br>• ${line.slice(2)}` : line))
    .join(' ')
    .replace(/ +/g, ' ')
    .replaceAll(' <br>', '<br>')
    .trim();
}
