/** What JSON carries unharmed, and `undefined`, which it drops. */
type JsonPrimitive = string | number | boolean | null | undefined;

/** Objects that JSON loses or changes. */
type NotJson =
  | Date
  | RegExp
  | Error
  | Promise<unknown>
  | ReadonlyMap<unknown, unknown>
  | ReadonlySet<unknown>
  | ArrayBuffer
  | ArrayBufferView
  | ((...args: never[]) => unknown);

/**
 * `T` where it survives JSON, `never` where it does not: a payload typed with a Date, a Map, a function or a bigint
 * does not compile. `any` and `unknown` pass here and are checked at run time.
 */
export type Jsonable<T> = unknown extends T
  ? T
  : T extends JsonPrimitive
    ? T
    : T extends bigint | symbol | NotJson
      ? never
      : T extends object
        ? { [Key in keyof T]: Jsonable<T[Key]> }
        : never;
