import { invalidOption } from '../../../values/errors.js';
import type { RedisAddress } from './redis-url.js';

/** Finds `?prefix=` or `&prefix=` in a URL. A user or a password cannot contain an unescaped question mark. */
const inUrl = /\?(?:[^#]*&)?prefix=/;

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
      'The prefix of JobsModule (or JOBS_PREFIX) has other characters than letters, digits, "_", "-" and ".". Use only these, such as prefix: \'shop\'.',
    );
  }
  return inUrl.test(url ?? '') ? address : { ...address, prefix: `{${prefix}}` };
}
