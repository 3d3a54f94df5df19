import { spawnSync } from 'node:child_process';
import {
  chmodSync,
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { root } from '../support/pack.js';
import { stages, yaml } from './files.js';

export interface Buildspec {
  readonly version: number;
  readonly env: { readonly shell: string; readonly variables: Readonly<Record<string, string>> };
  readonly phases: Readonly<Record<string, { readonly commands: readonly string[] }>>;
  readonly reports: Readonly<Record<string, Readonly<Record<string, unknown>>>>;
  readonly artifacts: { readonly files: readonly string[] };
}

export interface Build {
  readonly succeeded: boolean;
  /** The calls of docker and aws, in order. */
  readonly calls: readonly string[];
  readonly output: string;
  /** The artifacts with their contents. */
  readonly artifacts: Readonly<Record<string, unknown>>;
}

export const readBuildspec = (source: string): Buildspec => yaml(source) as Buildspec;

/**
 * Replaces docker and aws. It records each call. It refuses missing files and stages, a test before its image and
 * servers, and calls that match FAIL_ON.
 */
const recorder = `#!/usr/bin/env bash
call="$(basename "$0") $*"
echo "$call" >> "$RECORD"
refuse() { echo "recorder: $1: $call" >&2; exit 1; }
[[ -n "$FAIL_ON" && "$call" =~ $FAIL_ON ]] && refuse 'told to fail'
[[ "$call" =~ --file\\ ([^ ]+) && ! -f "\${BASH_REMATCH[1]}" ]] && refuse 'no such file'
[[ "$call" =~ --target\\ ([^ ]+) && " $STAGES " != *" \${BASH_REMATCH[1]} "* ]] && refuse 'no such stage'
[[ "$call" == 'docker compose'* && ! -f docker-compose.yml ]] && refuse 'no docker-compose.yml'
[[ "$call" == 'docker login'* ]] && read -r password && [[ "$password" != secret ]] && refuse 'no password'
[[ "$call" == 'aws ecr get-login-password'* ]] && echo secret
if [[ "$call" == 'docker compose run'* ]]; then
  grep -q -- 'up --detach --wait .*redis db' "$RECORD" || refuse 'redis and db are not up'
  grep -q -- '--target test .*--tag fledge-test' "$RECORD" || refuse 'the image is not built'
  mkdir -p reports && echo '<testsuites/>' > reports/junit.xml
fi
[[ "$call" == *--push* ]] && { grep -q 'docker login' "$RECORD" || refuse 'not logged in'; }
exit 0
`;

/** Runs the phases like CodeBuild: in one shell, each phase until its first failure, and post_build in any case. */
export function runBuildspec({ env, phases, artifacts }: Buildspec, failOn = ''): Build {
  const folder = mkdtempSync(join(tmpdir(), 'fledge-buildspec-'));
  try {
    for (const path of ['docker-compose.yml', 'docker'])
      cpSync(join(root, path), join(folder, path), { recursive: true });
    const bin = join(folder, 'bin');
    mkdirSync(bin);
    const record = join(bin, 'calls.log');
    for (const command of ['docker', 'aws']) {
      writeFileSync(join(bin, command), recorder);
      chmodSync(join(bin, command), 0o755);
    }
    const { status, stdout, stderr } = spawnSync(env.shell, ['--norc', '-c', script(phases)], {
      cwd: folder,
      encoding: 'utf8',
      env: {
        ...env.variables,
        PATH: `${bin}:/usr/bin:/bin`,
        RECORD: record,
        STAGES: stages().join(' '),
        FAIL_ON: failOn,
        AWS_DEFAULT_REGION: 'eu-central-1',
        REPOSITORY_URI: '123456789012.dkr.ecr.eu-central-1.amazonaws.com/fledge',
        CODEBUILD_RESOLVED_SOURCE_VERSION: '0123456789abcdef0123456789abcdef01234567',
      },
    });
    const lines = existsSync(record) ? readFileSync(record, 'utf8').trim().split('\n') : [];
    const made = artifacts.files.filter((file) => existsSync(join(folder, file)));
    const read = (file: string): unknown => JSON.parse(readFileSync(join(folder, file), 'utf8'));
    return {
      succeeded: status === 0,
      calls: lines,
      output: stdout + stderr,
      artifacts: Object.fromEntries(made.map((file) => [file, read(file)])),
    };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

function script(phases: Buildspec['phases']): string {
  const commands = (name: string): string =>
    (phases[name]?.commands ?? []).map((command) => `${command.trim()} || return 1`).join('\n');
  const phase = (name: string): string => `${name}() {\n:\n${commands(name)}\n}`;
  return [
    'set -o pipefail; export CODEBUILD_BUILD_SUCCEEDING=1',
    ...['install', 'pre_build', 'build', 'post_build'].map(phase),
    'install && pre_build || exit 1',
    'build || CODEBUILD_BUILD_SUCCEEDING=0',
    'post_build && [ "$CODEBUILD_BUILD_SUCCEEDING" = 1 ]',
  ].join('\n');
}
