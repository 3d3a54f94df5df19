// Takes an application through the steps of its migration.
import { cpSync, existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { check, run, say } from '../nest-add/commands.mjs';
import { documentsNaming } from './documents.mjs';

/**
 * A step has the words of a document that tell a developer to take it (`named`). It does one of these:
 * - `run`: a command, in `folder`. `writes` are files that the command must have written.
 * - `file`, `changes`: replacements in a file. Each must be possible.
 * - `copy`: a file from the folder `after`.
 *
 * A step with `refusedWith` does nothing: the worker must not start yet, and must name the error that leads to the next steps.
 */
export async function migrate(app) {
  for (const step of app.steps) {
    if (step.refusedWith) await refuse(app, step.refusedWith);
    else await take(app, step);
  }
}

/** Looks up all steps, so that a missing document is reported before anything is installed. */
export function requireDocuments(steps) {
  for (const { named } of steps) if (named) documentsNaming(named);
}

async function take(app, { named, folder = '', run: command, file, changes, copy, writes = [] }) {
  if (command) {
    const words = command.map((word) => word.replace('{tarball}', app.tarball));
    await run(join(app.home, folder), words[0], words.slice(1), app.env);
    const missing = writes.filter((path) => !existsSync(join(app.home, path)));
    if (missing.length > 0) throw new Error(`${words.join(' ')} has not written ${missing.join(', ')}`);
  }
  if (changes) change(join(app.home, file), changes);
  if (copy) {
    mkdirSync(dirname(join(app.home, copy)), { recursive: true });
    cpSync(join(app.sources, 'after', copy), join(app.home, copy));
  }
  const what = command?.join(' ').replace('{tarball}', 'nestjs-fledge') ?? file ?? copy;
  say(`step: ${what} (${documentsNaming(named).join('; ')})`);
}

function change(path, changes) {
  let text = readFileSync(path, 'utf8');
  for (const [from, to] of changes) {
    const next = text.replace(from, () => to);
    if (next === text) throw new Error(`${path} has nothing to replace for ${String(from)}:\n${text}`);
    text = next;
  }
  writeFileSync(path, text);
}

async function refuse(app, code) {
  await app.run(app.build);
  const refusal = await app.checkWorker().then(
    (output) => `it starts:\n${output}`,
    ({ message }) => message,
  );
  check(refusal.includes(code), `without the next steps the worker does not start: ${code}`, refusal);
}
