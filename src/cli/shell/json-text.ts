import { UsageError } from './usage-error.js';

/**
 * Reads JSON that a person has written.
 *
 * @param what the text, for messages, such as `The payload`
 * @throws UsageError with the line and the column of the first mistake
 */
export function readJson(text: string, what: string): unknown {
  const problem = problemIn(text);
  if (problem) {
    const { line, column } = placeOf(text, problem.at);
    throw new UsageError(`${what} is not valid JSON: line ${line}, column ${column}: ${problem.why}.`);
  }
  try {
    return JSON.parse(text);
  } catch {
    throw new UsageError(`${what} is not valid JSON.`);
  }
}

interface Problem {
  /** The index of the character. */
  readonly at: number;
  readonly why: string;
}

const space = /[ \t\n\r]*/y;
const literals = ['true', 'false', 'null'];
/** A number or a literal, or what was written in its place. */
const bare = /[-+.\w$]*/y;
const number = /^-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?$/;
const wholeNumber = /^-?\d+$/;
/** All but quotes, backslashes and control characters. */
const characters = /[ !#-[\]-\uffff]*/y;
const escape = /\\(?:["\\/bfnrt]|u[0-9a-fA-F]{4})/y;

/** Finds the first mistake in a JSON text. `JSON.parse` does not report the place of every mistake. */
export function problemIn(text: string): Problem | undefined {
  return new Scanner(text).scan();
}

/** What may come next. */
type Next = 'value' | 'value or ]' | 'name or }' | 'name' | 'after value';

/** Reads JSON from the left, with a stack of the open brackets instead of recursion, so that no depth is too deep. */
class Scanner {
  private at = 0;
  private next: Next = 'value';
  private readonly open: ('{' | '[')[] = [];

  constructor(private readonly text: string) {}

  scan(): Problem | undefined {
    for (;;) {
      this.take(space);
      if (this.at >= this.text.length) return this.atEnd();
      const problem = this.step();
      if (problem !== undefined) return { at: this.at, why: problem };
    }
  }

  /** Reads one token. Returns what is wrong at the current place. */
  private step(): string | undefined {
    const char = this.text[this.at];
    switch (this.next) {
      case 'after value':
        return this.afterValue(char);
      case 'name':
      case 'name or }':
        return char === '}' && this.next === 'name or }' ? this.close() : this.name(char);
      case 'value':
      case 'value or ]':
        return char === ']' && this.next === 'value or ]' ? this.close() : this.value(char);
    }
  }

  private afterValue(char: string | undefined): string | undefined {
    const bracket = this.open.at(-1);
    if (bracket === undefined) return `${this.found()}, but the JSON has ended`;
    const end = bracket === '{' ? '}' : ']';
    if (char === end) return this.close();
    if (char !== ',') return `${this.found()}. Write "," or "${end}"`;
    this.at += 1;
    this.next = bracket === '{' ? 'name' : 'value';
    return undefined;
  }

  private name(char: string | undefined): string | undefined {
    if (char !== '"') return `${this.found()}. Write a name in double quotes`;
    const problem = this.string();
    if (problem !== undefined) return problem;
    this.take(space);
    if (this.text[this.at] !== ':') return `${this.found()}. Write ":" after the name`;
    this.at += 1;
    this.next = 'value';
    return undefined;
  }

  private value(char: string | undefined): string | undefined {
    if (char === '{' || char === '[') {
      this.open.push(char);
      this.at += 1;
      this.next = char === '{' ? 'name or }' : 'value or ]';
      return undefined;
    }
    this.next = 'after value';
    if (char === '"') return this.string();
    const start = this.at;
    const word = this.take(bare);
    if (literals.includes(word)) return undefined;
    const isNumber = number.test(word);
    if (isNumber && (!wholeNumber.test(word) || Number.isSafeInteger(Number(word)))) return undefined;
    this.at = start;
    return isNumber
      ? `${word} is too large to be stored exactly as a number. Write it in double quotes`
      : `${this.found()}. Write a value, and text in double quotes`;
  }

  private string(): string | undefined {
    const start = this.at;
    this.at += 1;
    for (;;) {
      this.take(characters);
      const char = this.text[this.at];
      if (char === '"') {
        this.at += 1;
        return undefined;
      }
      if (char === undefined) {
        this.at = start;
        return 'the text that begins here has no closing quote';
      }
      if (char !== '\\')
        return 'a line break or another control character is in a text. Write \\n, \\t or \\u…';
      if (this.take(escape) === '')
        return 'a backslash is followed by a character that JSON has no escape for';
    }
  }

  private close(): undefined {
    this.open.pop();
    this.at += 1;
    this.next = 'after value';
    return undefined;
  }

  private atEnd(): Problem | undefined {
    const bracket = this.open.at(-1);
    if (bracket === undefined && this.next === 'after value') return undefined;
    const missing = bracket === undefined ? 'a value' : bracket === '{' ? '"}"' : '"]"';
    return { at: this.text.length, why: `the text ends here, but ${missing} is missing` };
  }

  private found(): string {
    const code = this.text.codePointAt(this.at);
    return code === undefined ? 'the text ends here' : `found ${JSON.stringify(String.fromCodePoint(code))}`;
  }

  /** Reads what the pattern matches at the current place. */
  private take(pattern: RegExp): string {
    pattern.lastIndex = this.at;
    const [match = ''] = pattern.exec(this.text) ?? [];
    this.at += match.length;
    return match;
  }
}

function placeOf(text: string, at: number): { readonly line: number; readonly column: number } {
  const before = text.slice(0, at);
  const lineStart = before.lastIndexOf('\n') + 1;
  return { line: before.split('\n').length, column: Array.from(before.slice(lineStart)).length + 1 };
}
