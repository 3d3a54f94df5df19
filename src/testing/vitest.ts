/**
 * Adds `toHaveEnqueued`, `toHavePerformed`, `toHaveDelivered` and `toHaveEnqueuedMail` to Vitest's `expect`. Import it in
 * a test file, or name it in `setupFiles` and, for their types, in tsconfig's `types`.
 */
import { expect } from 'vitest';
import { jobMatchers, type JobMatchers } from './expect/matchers.js';

expect.extend(jobMatchers);

// This line stays in the declarations. Without it TypeScript would not find the interfaces of Vitest there.
export type {} from 'vitest';

declare module 'vitest' {
  // The parameter is the one of Vitest. Vitest 3.2 and later use this interface.
  // eslint-disable-next-line typescript/no-explicit-any
  interface Matchers<T = any> extends JobMatchers {}
  // Earlier versions of Vitest use this interface.
  // eslint-disable-next-line typescript/no-explicit-any
  interface Assertion<T = any> extends JobMatchers {}
}
