import { printable, printableJson } from '../../jobs/values/printable.js';

/** Terminal codes of the colours. */
const codes = { red: 31, green: 32, yellow: 33, grey: 90 } as const;

export type Colour = keyof typeof codes;

/** A coloured part of a line. */
export interface Painted {
  readonly text: string;
  readonly colour: Colour;
}

/** A line for people, as text or as its parts. */
export type Line = string | readonly (string | Painted)[];

/** The process around the command. */
export interface Terminal {
  readonly env: NodeJS.ProcessEnv;
  /** Writes text unchanged. */
  readonly out: (text: string) => void;
  /** The terminal's width in columns. Undefined if the output goes to a file or a pipe. */
  readonly width: number | undefined;
  readonly colours: boolean;
}

/** Where a command prints, and its environment. Printed text cannot contain control sequences. */
export interface Output {
  readonly env: NodeJS.ProcessEnv;
  readonly width: number | undefined;
  /** Prints lines for people. A line break within a line is escaped. */
  readonly print: (lines: string | readonly Line[]) => void;
  /** Prints one value as JSON, on one line. */
  readonly json: (value: unknown) => void;
}

/** All output of a command goes through here. Text is made printable first and coloured afterwards. */
export function outputTo({ env, out, width, colours }: Terminal): Output {
  return {
    env,
    width,
    print: (lines) => out(typeof lines === 'string' ? printable(lines) : linesOf(lines, colours)),
    json: (value) => out(printableJson(value)),
  };
}

function linesOf(lines: readonly Line[], colours: boolean): string {
  return lines
    .map((line) =>
      typeof line === 'string' ? printable(line) : line.map((part) => paint(part, colours)).join(''),
    )
    .join('\n');
}

function paint(part: string | Painted, colours: boolean): string {
  if (typeof part === 'string') return printable(part);
  const text = printable(part.text);
  return colours ? `\u001b[${codes[part.colour]}m${text}\u001b[39m` : text;
}
