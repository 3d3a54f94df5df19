import { invalidOption } from '../../jobs/internals.js';
import type { ParsedAddress } from '../mail/address.js';

/**
 * Returns a function that returns true for the given addresses. Upper and lower case are the same.
 *
 * @param entries addresses, or domains such as `'@acme.test'`, which exclude subdomains
 * @param option the name of the option, for the message
 * @throws FledgeError `FLEDGE_OPTION_INVALID`
 */
export function addressFilter(
  entries: readonly string[],
  option: string,
): (address: ParsedAddress) => boolean {
  for (const entry of entries) {
    if (typeof entry === 'string' && /^[^\s@]*@[^\s@]+$/.test(entry)) continue;
    throw invalidOption(
      `${option} has ${JSON.stringify(entry)}. Use addresses ('qa@acme.test') or domains ('@acme.test').`,
    );
  }
  const allowed = new Set(entries.map((entry) => entry.toLowerCase()));
  return ({ address }) => {
    const folded = address.toLowerCase();
    return allowed.has(folded) || allowed.has(folded.slice(folded.lastIndexOf('@')));
  };
}
