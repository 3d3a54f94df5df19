import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { readEnvFiles, takeEnvFiles } from './env-files.js';

function folderWith(files: Readonly<Record<string, string>>): string {
  const directory = mkdtempSync(join(tmpdir(), 'fledge-env-'));
  onTestFinished(() => rmSync(directory, { recursive: true, force: true }));
  for (const [name, text] of Object.entries(files)) writeFileSync(join(directory, name), text);
  return directory;
}

describe('.env', () => {
  // What `ConfigModule.forRoot()` of @nestjs/config reads, which uses the same parser.
  it.each([
    ['A=1', '1'],
    ['A = 1 ', '1'],
    ['export A=1', '1'],
    ['A: 1', '1'],
    ['\ufeffA=1', '1'],
    ['A=1\r\nB=2\r\n', '1'],
    ['# A=0\nA=1 # one', '1'],
    ['A=a#b', 'a'],
    ['A="a#b" # c', 'a#b'],
    ["A='x\\ny'", 'x\\ny'],
    ['A="x\\ny"', 'x\ny'],
    ['A="x\ny"\nB=2', 'x\ny'],
    ['A="say \\"hi\\""', 'say \\"hi\\"'],
    ['A=`it\'s "q"`', 'it\'s "q"'],
    ['A="a"b', '"a"b'],
    ['A=', ''],
    ['A=${B}\nB=2', '${B}'],
    ['A=redis://:p%23w@h:1/0?prefix=x', 'redis://:p%23w@h:1/0?prefix=x'],
  ])('%j', async (text, value) => {
    const { env } = await readEnvFiles({}, folderWith({ '.env': text }), []);
    expect(env.A).toBe(value);
  });

  it('is overridden by the environment, even by an empty variable', async () => {
    const folder = folderWith({ '.env': 'A=file\nB=file\nC=file' });
    const { env, fileOf } = await readEnvFiles({ A: 'env', B: '' }, folder, []);
    expect(env).toEqual({ A: 'env', B: '', C: 'file' });
    expect([...fileOf]).toEqual([['C', '.env']]);
  });

  it('may be missing, or a folder', async () => {
    const missing = await readEnvFiles({ A: '1' }, folderWith({}), []);
    expect(missing).toMatchObject({ env: { A: '1' }, files: [{ name: '.env', isThere: false }] });
    const folder = folderWith({});
    mkdirSync(join(folder, '.env'));
    expect(await readEnvFiles({ A: '1' }, folder, [])).toMatchObject({ env: { A: '1' } });
  });

  it('is replaced by the files of --env-file, of which the first one counts', async () => {
    const folder = folderWith({ '.env': 'A=usual', one: 'A=one', two: 'A=two\nB=two' });
    const [one, two] = [join(folder, 'one'), join(folder, 'two')];
    const { env, fileOf } = await readEnvFiles({}, folder, [one, two]);
    expect(env).toEqual({ A: 'one', B: 'two' });
    expect([...fileOf]).toEqual([
      ['A', one],
      ['B', two],
    ]);
  });

  it.each([
    [
      '/nowhere/.env',
      /^\/nowhere\/\.env cannot be read \(ENOENT\)\. Pass the path of a file as --env-file\.$/,
    ],
    ['/', /^\/ cannot be read \(EISDIR\)/],
    ['redis://:s3cret@h', /^A file cannot be read/],
  ])('a file of --env-file that cannot be read is refused: %s', (path, message) =>
    expect(readEnvFiles({}, undefined, [path])).rejects.toThrow(message),
  );
});

describe('--env-file', () => {
  it.each([
    [['ps'], ['ps'], []],
    [['ps', '--env-file', 'a', '--json'], ['ps', '--json'], ['a']],
    [
      ['--env-file=a', 'ps', '--env-file', 'b', 'redis://h'],
      ['ps', 'redis://h'],
      ['a', 'b'],
    ],
    [['dead', '--error', 'x', '--env-file=a'], ['dead', '--error', 'x'], ['a']],
    [['job', '--', '--env-file'], ['job', '--', '--env-file'], []],
  ])('%j', (args, left, files) => expect(takeEnvFiles(args)).toEqual({ args: left, files }));

  it.each([[['ps', '--env-file']], [['ps', '--env-file=']], [['ps', '--env-file', '--json']]])(
    '%j lacks the path',
    (args) => expect(() => takeEnvFiles(args)).toThrow('--env-file needs the path of a file.'),
  );
});
