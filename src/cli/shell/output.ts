import { printable, printableJson } from '../../jobs/values/printable.js';
import { withoutFiles, type CommandEnv } from './env-files.js';
import { wrap } from './text.js';

/** Terminal codes of the colours. */
const codes = { red: 31, green: 32, yellow: 33, grey: 90 } as const;

export type Colour = keyof typeof codes;

/** A part of a line, which may have a colour. */
export interface Painted {
  readonly text: string;
  readonly colour?: Colour | undefined;
}

/** A line for people, as text or as its parts. */
export type Line = string | readonly (string | Painted)[];

/** The process around the command. */
export interface Terminal {
  readonly env: NodeJS.ProcessEnv;
  /** The folder whose `.env` adds variables. @default only files of `--env-file` add variables */
  readonly folder?: string;
  /** Writes text unchanged. */
  readonly out: (text: string) => void;
  /** Writes text unchanged, where errors belong. */
  readonly complain: (text: string) => void;
  /** The width in columns. Undefined if the output goes to a file or a pipe, where nothing is shortened. */
  readonly width: number | undefined;
  readonly colours: boolean;
  /** The current time in milliseconds since 1970. @default the time of this machine */
  readonly now?: number;
}

/** Where a command prints, and its environment. Printed text cannot contain control sequences. */
export interface Output {
  /** The variables of the environment and of the files. */
  readonly env: NodeJS.ProcessEnv;
  /** Which variables come from which files. */
  readonly variables: CommandEnv;
  readonly width: number | undefined;
  /** When the command began, in milliseconds since 1970. */
  readonly now: number;
  /** Prints lines for people. A line break within a line is escaped. A text is wrapped at the terminal's width. */
  readonly print: (lines: string | readonly Line[]) => void;
  /** Prints a result: as JSON on one line with `--json`, otherwise for people. */
  readonly show: (result: unknown, lines: () => string | readonly Line[]) => void;
  /** Prints an error. */
  readonly complain: (error: Complaint) => void;
}

/** An error, as `--json` prints it. */
export interface Complaint {
  readonly code?: string | undefined;
  readonly message: string;
  /** What to type next, for people. */
  readonly hint?: string | undefined;
}

/**
 * All output of a command goes through here. Text is made printable first and coloured afterwards.
 * @param json true with `--json`
 */
export function outputTo(terminal: Terminal, json: boolean): Output {
  const { env, out, complain, width, colours, now = Date.now() } = terminal;
  const print: Output['print'] = (lines) =>
    out(typeof lines === 'string' ? sentence(lines, width) : linesOf(lines, colours));
  return {
    env,
    variables: withoutFiles(env),
    width,
    now,
    print,
    show: (result, lines) => (json ? out(printableJson(result)) : print(lines())),
    complain: ({ code, message, hint }) => {
      if (json) complain(printableJson({ error: { code, message } }));
      else
        complain([sentence(`fledge: ${message}`, width), ...(hint === undefined ? [] : [hint])].join('\n'));
    },
  };
}

/** A second line is indented, so that no text of a store can look like a separate line. */
function sentence(text: string, width: number | undefined): string {
  return wrap(printable(text), width).join('\n  ');
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
  return colours && part.colour ? `\u001b[${codes[part.colour]}m${text}\u001b[39m` : text;
}
