// Reads a page as steps. A comment above each code block says what the check does with it:
//
//   <!-- write -->         writes the file whose path is in the first line
//   <!-- run -->           runs the commands, which must succeed
//   <!-- prints -->        the last command's output contains these lines
//   <!-- start NAME -->    starts a process, and ends the earlier one of this name
//   <!-- logs NAME -->     waits until the process has logged these lines, since the last command or start
//   <!-- provided -->      leaves the block to the check, which has started this server itself
//   <!-- browse PATH -->   without a block: the page at this path contains the text after it
const step =
  /<!-- (write|run|prints|start|logs|provided|browse)(?: ([^\n]*?))? -->(?:\n\n```(\w+)\n([^]*?)\n```)?/g;

/** @returns the steps: `{ kind, argument, text }`. Throws an error if a code block has no comment */
export function stepsOf(markdown) {
  const steps = [...markdown.matchAll(step)].map(([, kind, argument, , text]) => ({ kind, argument, text }));
  const told = steps.filter(({ text }) => text !== undefined).length;
  const all = [...markdown.matchAll(/^```\w/gm)].length;
  if (told !== all)
    throw new Error(`${all - told} code blocks of the page have no comment that the check knows`);
  return steps;
}

/** The commands of a shell block, without comments. */
export function commandsOf(text) {
  return text
    .split('\n')
    .map((line) => line.replace(/(^|\s+)# .*$/, '').trim())
    .filter((line) => line !== '');
}

/** What differs from run to run, as it is written in the samples of the pages. */
const varying = [
  [/[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}/, '[0-9a-f-]{36}'],
  [/\S+:\d+:[0-9a-f]{8}/, '\\S+:\\d+:[0-9a-f]{8}'],
  [/\d+(?:\.\d+)? (?:ms|s|min|MiB)(?![a-z])/, '\\d+(?:\\.\\d+)? (?:ms|s|min|MiB)'],
  [/\d+\.\d+\.\d+/, '\\d+\\.\\d+\\.\\d+'],
  [/…/, '.*'],
  [/ +/, '\\s+'],
];
const anyVarying = new RegExp(varying.map(([{ source }]) => `(${source})`).join('|'), 'g');

/** @returns a pattern for a line of a sample */
export function patternOf(line) {
  let pattern = '';
  let from = 0;
  const literal = (text) => text.replace(/[.*+?^${}()|[\]\\]/g, '\\$&');
  for (const found of line.matchAll(anyVarying)) {
    const kind = found.slice(1).findIndex((part) => part !== undefined);
    pattern += literal(line.slice(from, found.index)) + varying[kind][1];
    from = found.index + found[0].length;
  }
  return new RegExp(pattern + literal(line.slice(from)));
}

/** @returns the lines of a sample that a text does not contain, in this order */
export function missingLines(sample, text) {
  let rest = text;
  return sample
    .split('\n')
    .filter((line) => line.trim() !== '')
    .filter((line) => {
      const found = patternOf(line.trim()).exec(rest);
      if (found) rest = rest.slice(found.index + found[0].length);
      return !found;
    });
}
