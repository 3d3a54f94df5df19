import { invalidOption } from '../../../values/errors.js';
import type { RedisAddress } from './redis-url.js';

/** A user or a password cannot contain an unescaped question mark, so the first one begins the parameters. */
function namesPrefix(url: string): boolean {
  const [, ...query] = url.split('#', 1).join('').split('?');
  return new URLSearchParams(query.join('?')).has('prefix');
}

/**
 * Applies the prefix of the option or of JOBS_PREFIX. A prefix in the URL overrides both, so that a test or a command can work
 * on another prefix.
 *
 * @param prefix undefined if neither is set
 * @throws FledgeError `FLEDGE_OPTION_INVALID`
 */
export function withPrefix(
  address: RedisAddress,
  url: string | undefined,
  prefix: string | undefined,
): RedisAddress {
  if (prefix === undefined) return address;
  if (!/^[\w.-]+$/.test(prefix)) {
    throw invalidOption(
      'The prefix of JobsModule (or JOBS_PREFIX) has characters other than letters, digits, "_", "-" and ".". Use only these, such as prefix: \'shop\'.',
    );
  }
  return namesPrefix(url ?? '') ? address : { ...address, prefix: `{${prefix}}` };
}
