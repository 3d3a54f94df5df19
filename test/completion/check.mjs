// npm run check:completion: presses Tab in bash, zsh and fish. The suite itself tests only the shells that are installed. As root
// on Debian, this installs the others.
import { spawnSync } from 'node:child_process';

const isThere = (shell) => spawnSync(shell, ['--version']).status === 0;
const apt = (...args) =>
  spawnSync('apt-get', args, {
    stdio: 'inherit',
    env: { ...process.env, DEBIAN_FRONTEND: 'noninteractive' },
  });

const missing = ['bash', 'zsh', 'fish'].filter((shell) => !isThere(shell));
if (missing.length > 0) {
  apt('update', '-qq');
  apt('install', '-y', '-qq', '--no-install-recommends', ...missing);
}
const left = missing.filter((shell) => !isThere(shell));
if (left.length > 0) throw new Error(`These shells are missing: ${left.join(', ')}. Install them.`);
const args = ['vitest', 'run', 'test/integration/completion.test.ts'];
process.exitCode = spawnSync('npx', args, { stdio: 'inherit' }).status ?? 1;
