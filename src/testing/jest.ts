/**
 * Adds `toHaveEnqueued`, `toHavePerformed`, `toHaveDelivered` and `toHaveEnqueuedMail` to Jest's global `expect`. Import it in a test
 * file, or in a file of `setupFilesAfterEnv`. One import in any file of the program adds their types. With Nest 12, whose packages are
 * ES modules, don't put this package itself into `setupFilesAfterEnv`. Below Node 24.9, Jest would load its CommonJS form.
 *
 * @throws FledgeError `FLEDGE_EXPECT_MISSING`
 */
import { FledgeError } from '../jobs/values/errors.js';
import { jobMatchers, type JobMatchers } from './expect/matchers.js';

interface JestExpect {
  extend(matchers: typeof jobMatchers): void;
}

const found: unknown = Reflect.get(globalThis, 'expect');
if (!isExpect(found)) {
  throw new FledgeError(
    'FLEDGE_EXPECT_MISSING',
    `nestjs-fledge/testing/jest found no global expect. It was imported before Jest set its globals, or injectGlobals is off. Import it in a test or in a file of setupFilesAfterEnv. Or write: import { expect } from '@jest/globals'; import { jobMatchers } from 'nestjs-fledge/testing'; expect.extend(jobMatchers).`,
  );
}
found.extend(jobMatchers);

function isExpect(value: unknown): value is JestExpect {
  return typeof value === 'function' && 'extend' in value && typeof value.extend === 'function';
}

declare module 'expect' {
  // For @jest/globals and @types/jest. The parameters are those of Jest.
  interface Matchers<R extends void | Promise<void>, T = unknown> extends JobMatchers<R> {}
}

declare global {
  namespace jest {
    // eslint-disable-next-line typescript/no-empty-object-type
    interface Matchers<R, T = {}> extends JobMatchers<R> {}
  }
}
