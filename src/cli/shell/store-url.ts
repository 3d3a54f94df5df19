import { unknownName } from '../../jobs/values/did-you-mean.js';
import { refuseRest } from './arguments.js';
import { UsageError, type Output } from './command.js';

/** A command as it was typed, for messages. */
export interface Typed {
  /** The command with its action, such as `dead retry <id>`. */
  readonly command: string;
  readonly output: Output;
  /** What may stand in place of the URL, such as `retry`. */
  readonly actions?: Iterable<string> | undefined;
  /** @default action */
  readonly kind?: string;
}

/**
 * Returns the URL of the store that a command works on: the typed one, which is the last word, or JOBS_URL.
 * @throws UsageError
 */
export function storeUrl([word, ...rest]: readonly (string | undefined)[], typed: Typed): string {
  const { command, output, actions = [], kind = 'action' } = typed;
  if (word && !word.includes(':'))
    throw new UsageError(
      [...actions].length === 0
        ? `The URL of the store is not a URL. Write fledge ${command} redis://host:6379.`
        : `${unknownName(kind, word, actions, `fledge ${command}`)} Write a URL as redis://host:6379.`,
    );
  refuseRest(
    rest.filter((one) => one !== undefined),
    `fledge ${command} [url]`,
  );
  const url = word || output.env.JOBS_URL;
  if (url) return url;
  throw new UsageError(
    `The URL of the store is missing. Write fledge ${command} redis://host:6379, or set JOBS_URL.`,
  );
}

/** The help for the word `url`. */
export const urlWord = {
  url: 'the store, as redis://host:6379, or as fledge help doctor explains. Default: JOBS_URL. The password can also be in JOBS_PASSWORD',
} as const;
