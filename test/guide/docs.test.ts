import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';

const root = new URL('../../', import.meta.url);
const read = (path: string): string => readFileSync(new URL(path, root), 'utf8');

/** What stands between `// #region name` and `// #endregion`, without the indentation that all of it has. */
function regionsOf(file: string): Map<string, string> {
  const regions = read(file).matchAll(/^[ ]*\/\/ #region (\S+)\n(.*?)^[ ]*\/\/ #endregion/gms);
  return new Map([...regions].map(([, name, text]) => [name!, dedent(text!)]));
}

function dedent(text: string): string {
  const lines = text.trimEnd().split('\n');
  const indents = lines.filter((line) => line.trim() !== '').map((line) => line.search(/\S/));
  const least = Math.min(...indents);
  return lines.map((line) => line.slice(least)).join('\n');
}

const guides = readdirSync(new URL('test/guide', root)).filter((name) => name.endsWith('.guide.ts'));
const examples = new Map<string, string>(
  guides.flatMap((name) =>
    [...regionsOf(`test/guide/${name}`)].map(([region, text]) => [`${name}#${region}`, text] as const),
  ),
);
const blocks = [...read('docs/jobs.md').matchAll(/(?:<!-- (\S+) -->\n\n?)?```ts\n(.*?)\n```/gs)];

describe('the examples of docs/jobs.md', () => {
  it('are all taken from tests', () => {
    expect(blocks.length).toBeGreaterThan(20);
    expect(blocks.filter(([, source]) => source === undefined).map(([, , text]) => text)).toEqual([]);
  });

  it.each(blocks.map(([, source, text]) => [source ?? 'nowhere', text!]))('%s', (source, text) => {
    expect(text).toBe(examples.get(source));
  });

  it('are all told', () => {
    const told = new Set(blocks.map(([, source]) => source));
    expect([...examples.keys()].filter((name) => !told.has(name))).toEqual([]);
  });
});
