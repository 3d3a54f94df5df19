/** The primitives that JSON keeps unchanged, and `undefined`, which JSON drops. */
type JsonPrimitive = string | number | boolean | null | undefined;

/** The objects that JSON drops or changes. */
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
 * `T` if JSON keeps it unchanged, and `never` if it does not. A payload that is typed with a Date, a Map, a function or a
 * bigint does not compile. `any` and `unknown` compile, and are checked at run time.
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
