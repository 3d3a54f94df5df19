import { readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { errorCodes } from '../src/jobs/values/errors/codes.js';

const root = fileURLToPath(new URL('..', import.meta.url));
const documentation = readFileSync(`${root}docs/errors.md`, 'utf8');
const sections = documentation.split(/^### /m).slice(1);

const source = ['client', 'jobs', 'mailers', 'cli', 'testing']
  .flatMap((folder) =>
    readdirSync(`${root}src/${folder}`, { recursive: true, encoding: 'utf8' }).map(
      (file) => `${root}src/${folder}/${file}`,
    ),
  )
  .filter(
    (file) =>
      file.endsWith('.ts') && !file.endsWith('.spec.ts') && !file.endsWith('jobs/values/errors/codes.ts'),
  )
  .map((file) => readFileSync(file, 'utf8'))
  .join('\n');

describe('docs/errors.md and the codes of the source', () => {
  it('each code has a section, in alphabetical order, and there are no other sections', () => {
    expect(sections.map((section) => section.split('\n')[0])).toEqual([...errorCodes].sort());
  });

  it.each([...errorCodes])('%s is used in the source, and its section has What, Why and Do', (code) => {
    const section = sections.find((candidate) => candidate.startsWith(`${code}\n`))!;
    for (const part of ['**What**', '**Why**', '**Do**']) expect(section).toContain(part);
    // Doc comments may mention a code, so they are removed.
    expect(source.replace(/^\s*\*.*$/gm, '')).toContain(code);
  });

  it('each code that the source mentions is in the list of codes', () => {
    const mentioned = new Set(
      [...source.matchAll(/FLEDGE_[A-Z]+(?:_[A-Z]+)*(?![A-Z_])/g)].map(([code]) => code),
    );
    expect([...mentioned].filter((code) => !(errorCodes as readonly string[]).includes(code))).toEqual([]);
  });
});
