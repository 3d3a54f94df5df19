/** The interface that `jest.ts` extends, so that it compiles without Jest. This file is not published. */
declare module 'expect' {
  interface Matchers<R extends void | Promise<void>, T = unknown> {
    readonly _parameters?: [R, T];
  }
}
