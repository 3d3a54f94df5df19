/** Replaces words, whatever their case; those that are too short to be told from others stay. */
export class Redaction {
  private readonly pattern: RegExp | undefined;

  /**
   * @param words what must not be seen
   * @param instead what is seen instead of a word
   */
  constructor(
    words: Iterable<string>,
    private readonly instead: (word: string) => string = () => '***',
  ) {
    const longestFirst = [...new Set(words)]
      .filter((word) => word.length >= 3)
      .toSorted((a, b) => b.length - a.length);
    if (longestFirst.length === 0) return;
    this.pattern = new RegExp(
      longestFirst.map((word) => word.replace(/[\\^$.*+?()[\]{}|/-]/g, '\\$&')).join('|'),
      'gi',
    );
  }

  text(text: string): string {
    return this.pattern ? text.replace(this.pattern, this.instead) : text;
  }

  /** Changes the error itself, and whatever caused it, so that it stays of its class. */
  error<Thrown>(thrown: Thrown, depth = 0): Thrown {
    if (!this.pattern || !(thrown instanceof Error) || depth > 5) return thrown;
    for (const field of ['message', 'stack', 'response'] as const) {
      const text = (thrown as { response?: unknown } & Error)[field];
      if (typeof text === 'string') this.overwrite(thrown, field, this.text(text));
    }
    this.error(thrown.cause, depth + 1);
    const gathered = (thrown as { errors?: unknown }).errors;
    if (Array.isArray(gathered)) for (const one of gathered) this.error(one, depth + 1);
    return thrown;
  }

  private overwrite(error: Error, field: string, text: string): void {
    if ((error as unknown as Record<string, unknown>)[field] === text) return;
    Object.defineProperty(error, field, { value: text, writable: true, configurable: true });
  }
}

/** A password in all the shapes in which an error could quote it. */
export function shapesOf(secret: string, user = ''): string[] {
  const base64 = (text: string): string => Buffer.from(text).toString('base64');
  return [
    secret,
    encodeURIComponent(secret),
    JSON.stringify(secret).slice(1, -1),
    base64(secret),
    base64(`\0${user}\0${secret}`),
    base64(`${user}:${secret}`),
  ];
}

/** Recipients are personal data: of each address only its domain is seen. */
export function redactionOfRecipients(addresses: readonly string[]): Redaction {
  return new Redaction(addresses, (address) => `***${address.slice(address.lastIndexOf('@'))}`);
}
