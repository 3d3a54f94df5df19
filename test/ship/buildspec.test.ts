import { Ajv } from 'ajv';
import { spawnSync } from 'node:child_process';
import { describe, expect, it } from 'vitest';
import { readBuildspec, runBuildspec, type Buildspec } from './buildspec-run.js';
import { text } from './files.js';

const source = text('buildspec.yml');
const image = '123456789012.dkr.ecr.eu-central-1.amazonaws.com/fledge:0123456789ab';

/** The registry has no schema from AWS. This one follows AWS' reference, for the keys that are used here. */
const strings = { type: 'array', items: { type: 'string' }, minItems: 1 };
const closed = (properties: object, required: string[] = []): object => ({
  type: 'object',
  properties,
  required,
  additionalProperties: false,
});
const phase = closed({ commands: strings, finally: strings, 'on-failure': { enum: ['ABORT', 'CONTINUE'] } }, [
  'commands',
]);
const schema = closed(
  {
    version: { const: 0.2 },
    env: closed({
      shell: { const: 'bash' },
      variables: { type: 'object', additionalProperties: { type: 'string' } },
      'exported-variables': strings,
    }),
    phases: closed({ install: phase, pre_build: phase, build: phase, post_build: phase }),
    reports: {
      type: 'object',
      additionalProperties: closed(
        { files: strings, 'base-directory': { type: 'string' }, 'file-format': { const: 'JUNITXML' } },
        ['files'],
      ),
    },
    artifacts: closed({ files: strings }, ['files']),
  },
  ['version', 'phases'],
);
const validate = new Ajv().compile(schema);

function faults(spec: Buildspec): unknown[] {
  if (!validate(spec)) return validate.errors!;
  const commands = Object.values(spec.phases).flatMap((phase) => phase.commands);
  const checks = commands.map((command) => spawnSync('bash', ['-n', '-c', command], { encoding: 'utf8' }));
  return checks.filter(({ status }) => status !== 0).map(({ stderr }) => stderr);
}

function spoilt(from: string, to: string): Buildspec {
  expect(source).toContain(from);
  return readBuildspec(source.replaceAll(from, to));
}

describe('buildspec.yml', () => {
  it('is a buildspec', () => expect(faults(readBuildspec(source))).toEqual([]));

  it.each([
    ['a misspelled phase', 'post_build:', 'postbuild:'],
    ['command for commands', '    commands:', '    command:'],
    [
      'a command that YAML parses as a map',
      '- docker compose run --rm test',
      '- echo tests: docker compose run',
    ],
    ['a shell error', '- docker compose run --rm test', '- if docker compose run --rm test; then'],
    ['another version', 'version: 0.2', 'version: 0.1'],
    ['an unknown report format', 'JUNITXML', 'JUNIT'],
  ])('the check finds %s', (_, from, to) => expect(faults(spoilt(from, to))).not.toEqual([]));
});

describe('its phases, with docker and aws replaced by recorders', () => {
  it('test in the application’s container, then push one image for both services', () => {
    const { succeeded, calls, artifacts, output } = runBuildspec(readBuildspec(source));
    expect({ succeeded, output }).toEqual({ succeeded: true, output: '' });
    expect(calls.map((call) => call.split(' --')[0])).toEqual([
      'docker buildx create',
      // The two commands of a pipe start in any order.
      ...['aws ecr get-login-password', 'docker login'].sort((a, b) => place(calls, a) - place(calls, b)),
      'docker compose up',
      'docker buildx build',
      'docker compose run',
      'docker buildx build',
    ]);
    expect(calls.find((call) => call.startsWith('docker login'))).toContain(
      '123456789012.dkr.ecr.eu-central-1.amazonaws.com',
    );
    expect(calls.filter((call) => call.includes('--push'))).toEqual([
      expect.stringMatching(new RegExp(`--target production .*--tag ${image} --push \\.$`)),
    ]);
    expect(artifacts).toEqual({
      'imagedefinitions-web.json': [{ name: 'web', imageUri: image }],
      'imagedefinitions-worker.json': [{ name: 'worker', imageUri: image }],
    });
  });

  it.each(['docker compose up', 'docker compose run', '--target test', 'docker login'])(
    'push nothing when `%s` fails',
    (failing) => {
      const { succeeded, calls, artifacts } = runBuildspec(readBuildspec(source), failing);
      expect(succeeded).toBe(false);
      expect(calls.filter((call) => call.includes('--push'))).toEqual([]);
      expect(artifacts).toEqual({});
    },
  );

  it.each([
    ['a missing Dockerfile', '--file docker/Dockerfile', '--file Dockerfile'],
    ['a missing stage', '--target production', '--target prod'],
    ['tests before the servers', '- docker compose up --detach --wait --wait-timeout 120 redis db', '- echo'],
    ['tests that do not wait for the servers', '--detach --wait --wait-timeout 120', '--detach'],
    ['an image with another name than in compose', '--tag fledge-test', '--tag test'],
    ['a push without a login', 'docker login', 'docker logout'],
  ])('fail on %s', (_, from, to) => expect(runBuildspec(spoilt(from, to)).succeeded).toBe(false));

  it('run post_build after a failed build too, where only its first line keeps the image from being pushed', () => {
    const guard = 'test "$CODEBUILD_BUILD_SUCCEEDING" = 1';
    const { calls } = runBuildspec(spoilt(guard, 'echo'), 'docker compose run');
    expect(calls.filter((call) => call.includes('--push'))).toHaveLength(1);
  });

  it('leave the report where the report group expects it', () => {
    const { reports } = readBuildspec(source);
    expect(reports.tests).toMatchObject({ 'base-directory': 'reports', files: ['junit.xml'] });
    const compose = text('docker-compose.yml');
    expect(compose).toContain('--outputFile.junit=reports/junit.xml');
    expect(compose).toContain('./reports:/app/reports');
    expect(compose).toContain('image: fledge-test\n');
  });
});

const place = (calls: readonly string[], start: string): number =>
  calls.findIndex((call) => call.startsWith(start));
