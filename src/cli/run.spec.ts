import { describe, expect, it } from 'vitest';
import { FledgeError } from '../jobs/index.js';
import { commands as allCommands } from './commands.js';
import { run } from './run.js';
import { defineCommand, exit, UsageError, type Commands } from './shell/command.js';

const greet = defineCommand({
  name: 'greet',
  summary: 'says hello',
  usages: ['[name]'],
  about: ['Says hello to the name, or to the world.'],
  words: { name: 'who is greeted' },
  flags: {
    loud: { type: 'boolean', help: 'says it with an exclamation mark' },
    from: { type: 'string', value: 'name', help: 'who greets' },
  },
  exits: '0 done, 1 never',
  async run({ values, words: [name = 'world'], output }) {
    if (name === 'Bob') throw new UsageError('Bob cannot be greeted.');
    if (name === 'store') throw new FledgeError('FLEDGE_STORE_URL_INVALID', 'No store.');
    if (name === 'peer') throw new FledgeError('FLEDGE_PEER_MISSING', 'No ioredis.');
    if (name === 'bug') throw Object.assign(new Error('Oh.'), { args: ['s3cret'] });
    output.show({ greeted: name }, () => `hello ${name}${values.loud ? '!' : ''}`);
    return exit.ok;
  },
});

const version = defineCommand({
  name: 'version',
  summary: 'prints the version',
  usages: [''],
  about: [],
  flags: {},
  exits: '0 done',
  async run({ output }) {
    output.show({ version: '1.2.3' }, () => '1.2.3');
    return exit.ok;
  },
});

const commands: Commands = { greet: async () => greet, version: async () => version };

async function fledgeOn(
  width: number | undefined,
  args: readonly string[],
): Promise<{ code: number; out: string; err: string }> {
  const [out, err]: [string[], string[]] = [[], []];
  const code = await run(args, commands, {
    env: {},
    out: (text) => out.push(text),
    complain: (text) => err.push(text),
    width,
    colours: false,
  });
  return { code, out: out.join('\n'), err: err.join('\n') };
}

const fledge = (...args: string[]) => fledgeOn(undefined, args);

describe('fledge', () => {
  it.each([[[]], [['help']], [['--help']], [['-h']], [['help', '--json']]])(
    '%j lists the commands',
    async (args) => {
      const { code, out } = await fledge(...args);
      expect(code).toBe(0);
      expect(out).toContain('greet    says hello');
    },
  );

  it.each([
    [['help', 'greet']],
    [['--help', 'greet']],
    [['-h', 'greet']],
    [['greet', 'help']],
    [['greet', '--help']],
    [['greet', '-h']],
    [['greet', 'x', '-h']],
    [['greet', '--unknown', '--help']],
  ])('%j explains one command', async (args) =>
    expect(await fledge(...args)).toEqual({
      code: 0,
      err: '',
      out: `Usage: fledge greet [name] [options]

Says hello to the name, or to the world.

  name               who is greeted

  --loud             says it with an exclamation mark
  --from <name>      who greets
  --env-file <path>  reads variables from this file in place of .env. Can be repeated
  --json             prints one line of JSON, also for an error
  --help             prints this help

Exit code: 0 done, 1 never, 2 wrong usage.`,
    }),
  );

  it('breaks the help at the width of the terminal', async () => {
    const { out } = await fledgeOn(44, ['help', 'greet']);
    expect(out).toContain('  --loud             says it with an\n                     exclamation mark\n');
    expect(out.split('\n').filter((line) => line.length > 44)).toEqual([]);
  });

  it.each([[['--version']], [['-v']], [['version']]])('%j prints the version', async (args) =>
    expect(await fledge(...args)).toEqual({ code: 0, out: '1.2.3', err: '' }),
  );

  it('runs a command with its arguments', async () =>
    expect(await fledge('greet', 'Ada', '--loud')).toEqual({ code: 0, out: 'hello Ada!', err: '' }));

  it.each([
    [['gret'], 'Unknown command "gret". Did you mean "greet"?'],
    [['hlep'], 'Unknown command "hlep". Did you mean "help"?'],
    [['vresion'], 'Did you mean "version"?'],
    [['help', 'gret'], 'Did you mean "greet"?'],
    [['--hlep'], 'Unknown option "--hlep". Did you mean "--help"?'],
    [['--vresion'], 'Did you mean "--version"?'],
    [['toString'], 'Unknown command "toString".'],
    [['greet', '--luod'], 'Unknown option "--luod". Did you mean "--loud"?'],
    [['greet', '--hlep'], 'Unknown option "--hlep". Did you mean "--help"?'],
    [['greet', '--jsno'], 'Did you mean "--json"?'],
    [['greet', '-x'], 'Unknown option "-x".'],
    [['greet', '--env-fiel', 'x'], 'Unknown option "--env-fiel". Did you mean "--env-file"?'],
    [['greet', '--env-file'], '--env-file needs the path of a file.'],
    [['--jsno', 'greet'], 'Unknown option "--jsno".'],
    [['greet', '--loud=yes'], 'does not take an argument'],
    [['greet', 'Bob'], 'Bob cannot be greeted.'],
    [['greet', 'store'], 'No store.'],
  ])('%j is wrong usage', async (args, message) => {
    const { code, out, err } = await fledge(...args);
    expect({ code, out }).toEqual({ code: 2, out: '' });
    expect(err).toContain(message);
    expect(err.endsWith(args[0] === 'greet' ? '\nTry: fledge help greet' : '\nTry: fledge help')).toBe(true);
  });

  it.each(['peer', 'bug'])('another error (%s) is a failure', async (name) =>
    expect(await fledge('greet', name)).toMatchObject({ code: 1, out: '' }),
  );

  it.each([
    [['greet', '--json', 'Bob'], 2, 'FLEDGE_COMMAND_INVALID', 'Bob cannot be greeted.'],
    [['greet', 'peer', '--json'], 1, 'FLEDGE_PEER_MISSING', 'No ioredis. [FLEDGE_PEER_MISSING]'],
    [['greet', 'bug', '--json'], 1, undefined, 'Oh.'],
    [['gret', '--json'], 2, 'FLEDGE_COMMAND_INVALID', expect.stringContaining('Unknown command')],
    [['--json', 'greet'], 2, 'FLEDGE_COMMAND_INVALID', expect.stringContaining('The command is missing')],
    [['greet', '--json', '--luod'], 2, 'FLEDGE_COMMAND_INVALID', expect.stringContaining('Unknown option')],
  ])('%j prints the error as JSON on stderr', async (args, expected, code, message) => {
    const ended = await fledge(...args);
    expect(ended).toMatchObject({ code: expected, out: '' });
    expect(JSON.parse(ended.err)).toEqual({ error: { ...(code !== undefined && { code }), message } });
  });

  it.each([
    [['redis://:s3cret@host']],
    [['help', 'redis://:s3cret@host']],
    [['greet', '--url=redis://:s3cret@host']],
    [['greet', '--loud=redis://:s3cret@host']],
    [['greet', '--redis://:s3cret@host']],
    [['greet', 'bug']],
  ])('%j: the message does not repeat a possible password', async (args) =>
    expect((await fledge(...args)).err).not.toContain('s3cret'),
  );
});

describe('the table of commands', () => {
  it('has each command under its own name', async () => {
    for (const [name, load] of Object.entries(allCommands)) expect((await load()).name).toBe(name);
  });
});
