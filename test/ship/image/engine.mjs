// Builds docker/Dockerfile and runs the image, with Docker or without it. Without Docker, buildah builds the image, and the
// container is made with unshare and chroot. In both cases the process is process 1 of its PID namespace and not root. Its
// root file system is read-only, with a tmpfs at /tmp and the folder `shared` at /mnt.
import { spawn, spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';

const tag = 'fledge-check';

export function findEngine() {
  const docker = spawnSync('docker', ['info', '--format', '{{.ServerVersion}}'], { timeout: 10_000 });
  return docker.status === 0 ? dockerEngine() : buildahEngine();
}

function run(command, args, options = {}) {
  const { status, stdout, stderr, error } = spawnSync(command, args, { encoding: 'utf8', ...options });
  if (status !== 0)
    throw new Error(`${command} ${args.join(' ')} ended with ${status ?? error}\n${stderr ?? ''}`);
  return (stdout ?? '').trim();
}

function dockerEngine() {
  let count = 0;
  return {
    name: 'Docker',
    build: () => run('docker', ['build', '-f', 'docker/Dockerfile', '-t', tag, '.'], { stdio: 'inherit' }),
    config: () => JSON.parse(run('docker', ['image', 'inspect', '--format', '{{json .Config}}', tag])),
    start({ command, env, shared }) {
      const name = `fledge-check-${process.pid}-${++count}`;
      const flags = ['--rm', '--name', name, '--read-only', '--tmpfs', '/tmp', '--network', 'host'];
      const rights = [
        '--cap-drop',
        'ALL',
        '--security-opt',
        'no-new-privileges',
        '--volume',
        `${shared}:/mnt`,
      ];
      const settings = Object.entries(env).flatMap(([key, value]) => ['--env', `${key}=${value}`]);
      const child = spawn('docker', ['run', ...flags, ...rights, ...settings, tag, ...command]);
      return {
        child,
        signal: (signal) => run('docker', ['kill', '--signal', signal, name]),
        exec: (args) => spawnSync('docker', ['exec', name, ...args], { encoding: 'utf8' }),
      };
    },
    cleanUp() {},
  };
}

/** Does what Docker does at the start of a container: sets mounts, user and environment. `unshare` has made the namespaces. */
const enter = `
  root=$1; shared=$2; user=$3; shift 3
  mount --bind "$root" "$root" && mount -o remount,bind,ro "$root"
  mount -t proc proc "$root/proc" && mount --rbind /dev "$root/dev" && mount -t tmpfs tmpfs "$root/tmp"
  mount --bind "$shared" "$root/mnt"
  exec chroot --userspec="$user" "$root" env -i "$@"`;

function buildahEngine() {
  const script = process.env.IMAGE_CHECK;
  if (!script)
    throw new Error(
      'Docker does not answer. Start Docker, or set IMAGE_CHECK to a script that builds the image with buildah.',
    );
  const image = 'localhost/fledge:check';
  let container;
  let root;
  const config = () => JSON.parse(run('buildah', ['inspect', '--type', 'image', image])).Docker.config;
  return {
    name: `buildah, with ${script}`,
    build() {
      // Buildah's own format has no HEALTHCHECK.
      run('bash', [script, 'build'], { stdio: 'inherit', env: { ...process.env, BUILDAH_FORMAT: 'docker' } });
      container = run('buildah', ['from', '--pull=false', image]);
      root = run('buildah', ['mount', container]);
    },
    config,
    start({ command, env, shared }) {
      const { User, WorkingDir, Env, Cmd } = config();
      const settings = [...Env, ...Object.entries(env).map(([key, value]) => `${key}=${value}`)];
      const what = ['-C', WorkingDir, ...settings, ...(command.length > 0 ? command : Cmd)];
      const namespaces = ['--mount', '--pid', '--fork', '--kill-child', '--propagation', 'private'];
      const child = spawn('unshare', [...namespaces, 'sh', '-ec', enter, 'sh', root, shared, User, ...what]);
      const inner = () => readFileSync(`/proc/${child.pid}/task/${child.pid}/children`, 'utf8').trim();
      const ids = () => [
        '-S',
        run('chroot', [root, 'id', '-u', User]),
        '-G',
        run('chroot', [root, 'id', '-g', User]),
      ];
      return {
        child,
        signal: (signal) => run('kill', ['-s', signal.replace('SIG', ''), inner()]),
        exec: (args) =>
          spawnSync(
            'nsenter',
            ['-t', inner(), '-m', '-p', '-r', '-w', ...ids(), 'env', '-i', ...settings, ...args],
            {
              encoding: 'utf8',
            },
          ),
      };
    },
    cleanUp() {
      if (container) run('buildah', ['rm', container]);
    },
  };
}
