/** What `jest.ts` adds to, so that it compiles where Jest is not installed. It is not published. */
declare module 'expect' {
  interface Matchers<R extends void | Promise<void>, T = unknown> {
    readonly _parameters?: [R, T];
  }
}
