/**
 * Adds `toHaveEnqueued`, `toHavePerformed`, `toHaveDelivered` and `toHaveEnqueuedMail` to Jest's global `expect`. Import
 * it in a test file, or in a file that `setupFilesAfterEnv` names; one import in any file of the program brings their types.
 * With Nest 12, whose packages are ES modules, `setupFilesAfterEnv` cannot name it itself: below Node 24.9 Jest would take its
 * CommonJS form.
 *
 * @throws FledgeError `FLEDGE_EXPECT_MISSING`
 */
import { FledgeError } from '../jobs/values/errors.js';
import { jobMatchers, type JobMatchers } from './expect/matchers.js';

const { expect } = globalThis as { expect?: { extend(matchers: typeof jobMatchers): void } };
if (!expect) {
  throw new FledgeError(
    'FLEDGE_EXPECT_MISSING',
    `nestjs-fledge/testing/jest found no global expect: it was imported before Jest was there, or injectGlobals is off. Import it in a test or in a file of setupFilesAfterEnv, or write: import { expect } from '@jest/globals'; import { jobMatchers } from 'nestjs-fledge/testing'; expect.extend(jobMatchers).`,
  );
}
expect.extend(jobMatchers);

declare module 'expect' {
  // Of @jest/globals, and of @types/jest. The parameters are Jest's own.
  interface Matchers<R extends void | Promise<void>, T = unknown> extends JobMatchers<R> {}
}

declare global {
  namespace jest {
    // eslint-disable-next-line typescript/no-empty-object-type
    interface Matchers<R, T = {}> extends JobMatchers<R> {}
  }
}
