// Looks up which documents name a step.
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { root } from '../nest-add/commands.mjs';

/** What a user of the package can read. */
const documents = [
  'README.md',
  ...readdirSync(join(root, 'docs'), { encoding: 'utf8' }).map((name) => `docs/${name}`),
]
  .filter((path) => path.endsWith('.md') && path !== 'docs/internals.md')
  .map((path) => ({ path, lines: readFileSync(join(root, path), 'utf8').split('\n') }));

/**
 * @param words that tell a developer to take the step
 * @returns the documents and sections that contain them: `docs/jobs.md, Unique jobs`
 * @throws an error if no document contains them
 */
export function documentsNaming(words) {
  const found = [...new Set(documents.flatMap((document) => sectionsWith(words, document)))];
  if (found.length > 0) return found;
  throw new Error(`No document contains "${words}". Correct the step, or add it to a document.`);
}

function sectionsWith(words, { path, lines }) {
  let isCode = false;
  let title = '';
  const found = [];
  for (const line of lines) {
    if (line.startsWith('```')) isCode = !isCode;
    // In a block of code a # begins a comment.
    if (!isCode && /^#+ /.test(line)) title = line.replace(/^#+ /, '');
    if (line.includes(words)) found.push(`${path}, ${title}`);
  }
  return found;
}
