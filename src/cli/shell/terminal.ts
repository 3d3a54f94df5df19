import type { Terminal } from './output.js';

/** The part of `process` that shows where the output goes. */
interface Process {
  readonly env: NodeJS.ProcessEnv;
  readonly stdout: { readonly isTTY?: boolean; readonly columns?: number };
}

/** The width of a terminal that does not report it. */
const usualWidth = 80;

/** Measures the terminal. COLUMNS overrides its width, and FORCE_COLOR and NO_COLOR decide about colours, in this order. */
export function measure({ env, stdout }: Process): Pick<Terminal, 'width' | 'colours'> {
  const isTerminal = stdout.isTTY === true;
  return {
    width: columnsOf(env.COLUMNS) ?? (isTerminal ? stdout.columns || usualWidth : undefined),
    colours: forced(env.FORCE_COLOR) ?? (isTerminal && !env.NO_COLOR && env.TERM !== 'dumb'),
  };
}

function columnsOf(text: string | undefined): number | undefined {
  return text !== undefined && /^[1-9]\d{0,4}$/.test(text) ? Number(text) : undefined;
}

/** Reads FORCE_COLOR as Node does: 0 and false turn colours off, every other value turns them on. */
function forced(text: string | undefined): boolean | undefined {
  return text === undefined ? undefined : text !== '0' && text !== 'false';
}
