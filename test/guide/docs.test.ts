import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';

const root = new URL('../../', import.meta.url);
const read = (path: string): string => readFileSync(new URL(path, root), 'utf8');

/** The text of each region between `// #region name` and `// #endregion`, without its common indentation. */
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

const filesIn = (folder: string, ending: string): string[] =>
  readdirSync(new URL(folder, root))
    .filter((name) => name.endsWith(ending))
    .map((name) => `${folder}/${name}`);

/** The pages quote the guides. docs/testing.md quotes the reference application's tests, by their paths. */
const examples = new Map<string, string>(
  [...filesIn('test/guide', '.guide.ts'), ...filesIn('test/app', '.ts')].flatMap((path) =>
    [...regionsOf(path)].map(
      ([region, text]) => [`${path.replace('test/guide/', '')}#${region}`, text] as const,
    ),
  ),
);
const pages = [
  'docs/jobs.md',
  'docs/mailers.md',
  'docs/multi-tenant.md',
  'docs/producers.md',
  'docs/template-engines.md',
  'docs/testing.md',
];
/** These pages quote guides, and also have code of other libraries. */
const mixed = ['docs/migrating.md'];

interface Block {
  readonly page: string;
  /** The comment above the block, which names the region. */
  readonly source: string | undefined;
  readonly text: string;
}

function blocksOf(language: string): Block[] {
  const fenced = new RegExp(`(?:<!-- (\\S+) -->\\n\\n?)?\`\`\`${language}\\n(.*?)\\n\`\`\``, 'gs');
  return [...pages, ...mixed].flatMap((page) =>
    [...read(page).matchAll(fenced)].map(([, source, text]) => ({ page, source, text: text! })),
  );
}

const blocks = blocksOf('ts');
const templates = blocksOf('liquid');

describe('the examples in docs/', () => {
  it.each(pages)('%s has only code blocks that name their source', (page) => {
    const blocksOfPage = blocks.filter((block) => block.page === page);
    expect(blocksOfPage.length).toBeGreaterThan(3);
    expect(blocksOfPage.filter(({ source }) => source === undefined).map(({ text }) => text)).toEqual([]);
  });

  it.each(blocks.filter(({ source }) => source))('equals its region in $source', ({ source, text }) => {
    expect(text).toBe(examples.get(source!));
  });

  it.each(templates)('equals its part of $source', ({ source, text }) => {
    expect(text).toBe(read(`test/guide/${source}`).trimEnd());
  });

  it('quote every region', () => {
    const quoted = new Set(blocks.map(({ source }) => source));
    expect([...examples.keys()].filter((name) => !quoted.has(name))).toEqual([]);
  });
});
