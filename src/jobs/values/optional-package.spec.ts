import { expect, it } from 'vitest';
import { loadPeer } from './optional-package.js';

it('explains how to install a package that is missing', async () => {
  const load = () => import('missing-package' as string) as Promise<unknown>;
  await expect(loadPeer('missing-package', 'A mail template', load)).rejects.toThrow(
    /A mail template needs the package missing-package\. Run: npm install missing-package.*FLEDGE_PEER_MISSING/,
  );
});
