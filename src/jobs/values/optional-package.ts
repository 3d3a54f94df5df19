import { FledgeError } from './errors.js';

/**
 * Loads a package that the application has to install.
 *
 * @param what what needs the package, as the beginning of a sentence
 * @throws FledgeError `FLEDGE_PEER_MISSING`
 */
export async function loadPeer<T>(name: string, what: string, load: () => Promise<T>): Promise<T> {
  try {
    return await load();
  } catch (cause) {
    throw new FledgeError(
      'FLEDGE_PEER_MISSING',
      `${what} needs the package ${name}. Run: npm install ${name}`,
      {
        cause,
      },
    );
  }
}
