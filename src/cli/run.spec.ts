import { describe, expect, it } from 'vitest';
import { FledgeError } from '../jobs/index.js';
import { readArguments } from './shell/arguments.js';
import { exit, UsageError, type Command } from './shell/command.js';
import { run } from './run.js';

const greet: Command = {
  summary: 'says hello',
  help: 'Usage: fledge greet [name]',
  async run(args, { print }) {
    const { values, positionals } = readArguments(args, { loud: { type: 'boolean' } });
    if (positionals[0] === 'Bob') throw new UsageError('Bob cannot be greeted.');
    if (positionals[0] === 'store') throw new FledgeError('FLEDGE_STORE_URL_INVALID', 'No store.');
    if (positionals[0] === 'peer') throw new FledgeError('FLEDGE_PEER_MISSING', 'No ioredis.');
    if (positionals[0] === 'bug') throw Object.assign(new Error('Oh.'), { args: ['s3cret'] });
    print(`hello ${positionals[0] ?? 'world'}${values.loud ? '!' : ''}`);
    return exit.ok;
  },
};

async function fledge(...args: string[]): Promise<{ code: number; out: string; err: string }> {
  const [out, err]: [string[], string[]] = [[], []];
  const output = { env: {}, out: (text: string) => out.push(text), width: undefined, colours: false };
  const code = await run(args, { greet: async () => greet }, output, (text) => err.push(text));
  return { code, out: out.join('\n'), err: err.join('\n') };
}

describe('fledge', () => {
  it.each([[[]], [['help']], [['--help']], [['-h']]])('%j lists the commands', async (args) => {
    const { code, out } = await fledge(...args);
    expect(code).toBe(0);
    expect(out).toContain('greet  says hello');
  });

  it.each([[['help', 'greet']], [['greet', '--help']], [['greet', 'x', '-h']]])(
    '%j explains one command',
    async (args) => expect(await fledge(...args)).toEqual({ code: 0, out: greet.help, err: '' }),
  );

  it('runs a command with its arguments', async () =>
    expect(await fledge('greet', 'Ada', '--loud')).toEqual({ code: 0, out: 'hello Ada!', err: '' }));

  it.each([
    [['gret'], 'Unknown command "gret". Did you mean "greet"?'],
    [['help', 'gret'], 'Did you mean "greet"?'],
    [['--hlep'], 'Unknown option "--hlep". Did you mean "--help"?'],
    [['toString'], 'Unknown command "toString".'],
    [['greet', '--luod'], 'Unknown option "--luod". Did you mean "--loud"?'],
    [['greet', '-x'], 'Unknown option "-x".'],
    [['greet', '--loud=yes'], 'does not take an argument'],
    [['greet', 'Bob'], 'Bob cannot be greeted.'],
    [['greet', 'store'], 'No store.'],
  ])('%j is wrong usage', async (args, message) => {
    const { code, out, err } = await fledge(...args);
    expect({ code, out }).toEqual({ code: 2, out: '' });
    expect(err).toContain(message);
  });

  it.each(['peer', 'bug'])('another error (%s) is a failure', async (name) =>
    expect(await fledge('greet', name)).toMatchObject({ code: 1, out: '' }),
  );

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
