import { expect, it } from 'vitest';
import { loadPeer } from './optional-package.js';

it('says how to get a package that is not there', async () => {
  const load = () => import('nobody-has-this' as string) as Promise<unknown>;
  await expect(loadPeer('nobody-has-this', 'A mail template', load)).rejects.toThrow(
    /A mail template needs the package nobody-has-this\. Run: npm install nobody-has-this.*FLEDGE_PEER_MISSING/,
  );
});
