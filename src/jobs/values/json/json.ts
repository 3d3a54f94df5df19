/** The primitives that JSON keeps unchanged, and `undefined`, which JSON drops. */
type JsonPrimitive = string | number | boolean | null | undefined;

/** JSON's own type, under any name: `Prisma.JsonValue`, type-fest's `JsonValue`, or a recursive type of the application. */
type AnyJson = JsonPrimitive | readonly AnyJson[] | { readonly [key: string]: AnyJson };

/** The values that JSON refuses, drops or changes. */
type Changed =
  | bigint
  | symbol
  | Date
  | RegExp
  | Error
  | Promise<unknown>
  | ReadonlyMap<unknown, unknown>
  | ReadonlySet<unknown>
  | ArrayBuffer
  | ArrayBufferView
  | { toJSON(...args: never[]): unknown }
  | ((...args: never[]) => unknown);

/** What TypeScript prints about such a value. The compiler evaluates it only for an error. */
type WhyChanged<T> = T extends Date
  ? 'A Date arrives as a string. Declare a string, and send date.toISOString().'
  : T extends bigint
    ? 'JSON has no bigint. Declare a string, and send String(value).'
    : T extends symbol | ((...args: never[]) => unknown)
      ? 'JSON drops functions and symbols. Leave it out.'
      : T extends ReadonlyMap<unknown, unknown>
        ? 'JSON empties a Map. Declare an object or an array, and send Object.fromEntries(map) or [...map].'
        : T extends ReadonlySet<unknown>
          ? 'JSON empties a Set. Declare an array, and send [...set].'
          : T extends ArrayBuffer | ArrayBufferView
            ? 'JSON changes binary data. Store it and send its id, or send a base64 string.'
            : T extends { toJSON(...args: never[]): unknown }
              ? 'JSON sends the result of toJSON instead. Declare its type, and send the result.'
              : 'JSON changes this value. Declare its fields, and send a plain object of them.';

/** No value has this type. Its name and its argument are what the compiler's error says. */
export interface NotJson<Why extends string> {
  readonly 'this value does not survive JSON': Why;
}

/**
 * An object of the indexes, because the compiler evaluates its members only when it needs them. With an array it would never
 * finish a type that contains itself.
 */
type JsonableArray<T extends readonly unknown[]> = number extends T['length']
  ? { readonly [index: number]: Jsonable<T[number]> }
  : { readonly [Key in keyof T as Key extends `${number}` ? Key : never]: Jsonable<T[Key]> };

/**
 * A type that `T` is assignable to if JSON keeps it unchanged. In place of a Date, a Map, a function or a bigint it has a
 * `NotJson` that says why. `any` and `unknown` compile, and are checked at run time.
 */
export type Jsonable<T> = unknown extends T
  ? T
  : T extends AnyJson
    ? T
    : T extends Changed
      ? NotJson<WhyChanged<T>>
      : T extends readonly unknown[]
        ? JsonableArray<T>
        : { [Key in keyof T]: Jsonable<T[Key]> };
