import { Readable } from 'node:stream';
import { printable, printableJson } from '../../jobs/values/printable.js';
import { withoutFiles, type CommandEnv } from './env-files.js';
import { readText } from './input.js';
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

/** The size of a terminal, in columns and lines. */
export interface Size {
  readonly width: number;
  readonly height: number;
}

/** What happens on a terminal while a command draws on it. */
export interface TerminalListener {
  /** A key was pressed. The text is the character, or the sequence of a special key. */
  key(text: string): void;
  resized(): void;
  /** The process was suspended, and runs again. */
  continued(): void;
  /** A signal asks the process to end, or the terminal is gone. */
  ending(): void;
  /** The process ends because of an error that nothing caught. */
  crashing(): void;
}

/** A terminal on which a command can draw at any place. */
export interface LiveTerminal {
  /** Writes text unchanged. */
  readonly write: (text: string) => void;
  readonly size: () => Size;
  /** False if the standard input is not the terminal. Only signals then end the command. */
  readonly hasKeys: boolean;
  /** Reports single keys from now on, also Ctrl-C. Returns a function that ends this. */
  readonly listen: (listener: TerminalListener) => () => void;
  /** Suspends the process, as Ctrl-Z does elsewhere. */
  readonly suspend: () => void;
}

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
  /** Undefined if the output goes to a file or a pipe, or to a terminal that can only print lines. */
  readonly live?: LiveTerminal | undefined;
  /** Opens the standard input. */
  readonly input?: (() => AsyncIterable<Uint8Array | string>) | undefined;
}

/** Where a command prints, and its environment. Printed text cannot contain control sequences. */
export interface Output {
  /** The variables of the environment and of the files. */
  readonly env: NodeJS.ProcessEnv;
  /** Which variables come from which files. */
  readonly variables: CommandEnv;
  readonly width: number | undefined;
  readonly colours: boolean;
  /** True with `--json`. */
  readonly json: boolean;
  readonly live: LiveTerminal | undefined;
  /** Reads the standard input to its end. */
  readonly readInput: () => Promise<string>;
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
  const {
    env,
    out,
    complain,
    width,
    colours,
    now = Date.now(),
    live,
    input = () => Readable.from([]),
  } = terminal;
  const print: Output['print'] = (lines) =>
    out(typeof lines === 'string' ? sentence(lines, width) : paintLines(lines, colours).join('\n'));
  return {
    env,
    variables: withoutFiles(env),
    width,
    colours,
    json,
    live,
    readInput: () => readText(input()),
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

/** Turns lines into text that can be written to a terminal. */
export function paintLines(lines: readonly Line[], colours: boolean): string[] {
  return lines.map((line) =>
    typeof line === 'string' ? printable(line) : line.map((part) => paint(part, colours)).join(''),
  );
}

function paint(part: string | Painted, colours: boolean): string {
  if (typeof part === 'string') return printable(part);
  const text = printable(part.text);
  return colours && part.colour ? `\u001b[${codes[part.colour]}m${text}\u001b[39m` : text;
}
