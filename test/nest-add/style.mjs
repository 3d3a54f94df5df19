import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { check, run } from './commands.mjs';

/** Checks generated code with the application's own Prettier and linter. */
export async function checkStyle(home, code) {
  if (existsSync(join(home, 'node_modules/.bin/prettier'))) {
    await run(home, 'node_modules/.bin/prettier', ['--check', ...code]);
    check(true, `its Prettier likes ${code.join(' ')}`);
  }
  if (existsSync(join(home, 'node_modules/.bin/eslint'))) {
    // Fixed first, because some plugins require their own order of imports. Only changed files, because others may
    // have failed before.
    await run(home, 'node_modules/.bin/eslint', ['--fix', ...code]);
    check(true, 'its ESLint likes them, once it has fixed them');
  } else if (existsSync(join(home, 'node_modules/.bin/oxlint'))) {
    await run(home, 'npm', ['run', 'lint']);
    check(true, 'npm run lint');
  }
}
