/**
 * Adds `toHaveEnqueued`, `toHavePerformed`, `toHaveDelivered` and `toHaveEnqueuedMail` to Vitest's `expect`. Import it in
 * a test file, or name it in `setupFiles` and, for their types, in tsconfig's `types`.
 */
import { expect } from 'vitest';
import { jobMatchers, type JobMatchers } from './expect/matchers.js';

expect.extend(jobMatchers);

// Stays in the declarations, where TypeScript would not find Vitest's own interfaces without it.
export type {} from 'vitest';

declare module 'vitest' {
  // Vitest's own parameter. Vitest 3.2 and later look here …
  // eslint-disable-next-line typescript/no-explicit-any
  interface Matchers<T = any> extends JobMatchers {}
  // … earlier ones here.
  // eslint-disable-next-line typescript/no-explicit-any
  interface Assertion<T = any> extends JobMatchers {}
}
