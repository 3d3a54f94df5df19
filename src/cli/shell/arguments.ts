import { parseArgs, type ParseArgsConfig } from 'node:util';
import { didYouMean } from '../../jobs/values/did-you-mean.js';
import { quoted, UsageError } from './command.js';

type Flags = NonNullable<ParseArgsConfig['options']>;

/**
 * Reads flags and words as `parseArgs` does.
 * @throws UsageError for an unknown flag, with the nearest known one
 */
export function readArguments<F extends Flags>(
  args: readonly string[],
  options: F,
): ReturnType<typeof parseArgs<{ options: F; allowPositionals: true }>> {
  const { tokens } = parseArgs({ args: [...args], options, strict: false, tokens: true });
  for (const token of tokens) {
    if (token.kind !== 'option' || token.name in options) continue;
    const known = Object.keys(options).map((name) => `--${name}`);
    const typed = `${token.name.length > 1 ? '--' : '-'}${token.name}`;
    throw new UsageError(`Unknown option${quoted(typed)}.${didYouMean(typed, known)}`);
  }
  try {
    return parseArgs({ args: [...args], options, allowPositionals: true });
  } catch (thrown) {
    throw new UsageError((thrown as Error).message);
  }
}

/**
 * Where a URL may stand, or one of a command's actions.
 * @throws UsageError for a word that is neither
 */
export function refuseWord(word: string | undefined, actions: readonly string[], command: string): void {
  if (word === undefined || word === '' || word.includes(':')) return;
  throw new UsageError(
    `fledge ${command} knows no${quoted(word) || ' such word'}: give a URL, or ${actions.join(', ')}.${didYouMean(word, actions)}`,
  );
}
