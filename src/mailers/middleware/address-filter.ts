import { invalidOption } from '../../jobs/internals.js';
import type { ParsedAddress } from '../mail/address.js';

/**
 * Whether an address is one of these, whatever its case.
 *
 * @param entries addresses, or domains as `'@acme.test'` (without their subdomains)
 * @param option the option's name, for the message
 * @throws FledgeError `FLEDGE_OPTION_INVALID`
 */
export function addressFilter(
  entries: readonly string[],
  option: string,
): (address: ParsedAddress) => boolean {
  for (const entry of entries) {
    if (typeof entry === 'string' && /^[^\s@]*@[^\s@]+$/.test(entry)) continue;
    throw invalidOption(
      `${option} has ${JSON.stringify(entry)}. Give addresses ('qa@acme.test') or domains ('@acme.test').`,
    );
  }
  const known = new Set(entries.map((entry) => entry.toLowerCase()));
  return ({ address }) => {
    const folded = address.toLowerCase();
    return known.has(folded) || known.has(folded.slice(folded.lastIndexOf('@')));
  };
}
