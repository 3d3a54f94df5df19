import { fileURLToPath } from 'node:url';
import { configDefaults, defineConfig } from 'vitest/config';
import { LongestFirst } from './test/support/longest-first.js';

const source = (path: string): string => fileURLToPath(new URL(`src/${path}`, import.meta.url));

export default defineConfig({
  resolve: {
    // The reference application imports the library by its name; here that means the sources, in dist the built files.
    alias: [
      { find: /^nestjs-fledge$/, replacement: source('jobs/index.ts') },
      { find: /^nestjs-fledge\/client$/, replacement: source('client/index.ts') },
      { find: /^nestjs-fledge\/mailers$/, replacement: source('mailers/index.ts') },
      { find: /^nestjs-fledge\/testing$/, replacement: source('testing/index.ts') },
      { find: /^nestjs-fledge\/testing\/vitest$/, replacement: source('testing/vitest.ts') },
    ],
  },
  test: {
    include: ['src/**/*.spec.ts', 'test/**/*.test.ts'],
    // A consumer's tests are for its own runner, with what it has installed.
    exclude: [...configDefaults.exclude, 'test/consumers/*/**', 'test/neighbours/*/**'],
    globalSetup: ['test/support/global-setup.ts'],
    setupFiles: ['test/support/quiet-nest.ts'],
    // A limit only ends a test that hangs. The longest tests take 40 s quietly, and a busy machine is five times slower.
    testTimeout: 300_000,
    hookTimeout: 300_000,
    // The same time as in test/support/until.ts. Vitest's default is one second.
    expect: { poll: { timeout: 120_000, interval: 20 } },
    // On two cores: most of the longer tests wait for processes and servers of their own.
    maxWorkers: 4,
    sequence: { sequencer: LongestFirst },
    // A process runs one file after the other. To load Nest anew for each of them was an eighth of the whole suite's CPU time.
    isolate: false,
  },
});
