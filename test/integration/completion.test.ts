import { execFileSync, spawnSync } from 'node:child_process';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { commands } from '../../src/cli/commands.js';
import { fledgeOn } from '../support/fledge-command.js';
import { ownFolder } from '../support/topologies.js';

const hasShell = (name: string): boolean => spawnSync(name, ['--version']).status === 0;

async function scriptFor(shell: string): Promise<string> {
  const { code, out, err } = await fledgeOn({ width: 40, colours: true }, ['completion', shell]);
  expect({ code, err }).toEqual({ code: 0, err: '' });
  const path = join(await ownFolder(), `fledge.${shell}`);
  await writeFile(path, `${out}\n`);
  return path;
}

/** Lines of a command, with the cursor at the end, what the shell offers, and what it does not. */
const lines: [line: string, expected: string[], not: string[]][] = [
  ['fledge d', ['dead', 'doctor'], []],
  ['fledge ', [...Object.keys(commands), 'help'], []],
  ['fledge help que', ['queues'], []],
  ['fledge jobs ', ['waiting', 'scheduled', 'retrying', 'running', 'dead', 'completed'], []],
  ['fledge jobs re', ['retrying'], ['running']],
  ['fledge dead ', ['retry', 'discard'], []],
  ['fledge dead retry ', [], ['retry', 'discard']],
  ['fledge dead --', ['--queue', '--job', '--error', '--all', '--json', '--env-file', '--help'], []],
  ['fledge dead --err', ['--error'], []],
  ['fledge dead --queue ', [], ['retry', '--job']],
  ['fledge cron ', ['pause', 'resume', 'run'], []],
  ['fledge completion ', ['bash', 'zsh', 'fish'], []],
  ['fledge ps ', [], ['retry']],
];

describe('fledge completion bash', () => {
  it.each(lines)('%j offers %j', async (line, expected, not) => {
    const offered = completedByBash(await scriptFor('bash'), line);
    expect(offered.toSorted()).toEqual(expect.arrayContaining([...expected]));
    if (expected.length === 0) expect(offered).toEqual([]);
    expect(offered.filter((word) => not.includes(word))).toEqual([]);
  });

  it('offers files for --env-file, with and without "="', async () => {
    const script = await scriptFor('bash');
    const folder = await ownFolder();
    await writeFile(join(folder, 'production.env'), '');
    for (const line of [`fledge ps --env-file ${folder}/pro`, `fledge ps --env-file = ${folder}/pro`])
      expect(completedByBash(script, line)).toEqual([`${folder}/production.env`]);
  });
});

/** Calls the function as bash does when Tab is pressed. */
function completedByBash(script: string, line: string): string[] {
  const words = line.split(' ');
  const program = `source "$1"; shift; COMP_WORDS=("$@"); COMP_CWORD=$(($# - 1)); _fledge; printf '%s\\n' "\${COMPREPLY[@]}"`;
  const output = execFileSync('bash', ['-uc', program, 'bash', script, ...words], { encoding: 'utf8' });
  return output.split('\n').filter((word) => word !== '');
}

describe.runIf(hasShell('fish'))('fledge completion fish', () => {
  it.each(lines)('%j offers %j', async (line, expected, not) => {
    const script = await scriptFor('fish');
    const output = execFileSync('fish', ['--no-config', '-c', `source ${script}; complete -C '${line}'`], {
      encoding: 'utf8',
    });
    const offered = output.split('\n').map((one) => one.split('\t')[0] ?? '');
    expect(offered).toEqual(expect.arrayContaining([...expected]));
    expect(offered.filter((word) => not.includes(word))).toEqual([]);
  });
});

describe.runIf(hasShell('zsh'))('fledge completion zsh', () => {
  it.each(lines)('%j offers %j', async (line, expected, not) => {
    const offered = await completedByZsh(await scriptFor('zsh'), line);
    expect(offered).toEqual(expect.arrayContaining([...expected]));
    expect(offered.filter((word) => not.includes(word))).toEqual([]);
  });
});

/** Reports each match in place of listing it, and the end of the completion. */
const reporting = `
PROMPT=
autoload -Uz compinit && compinit -u -D
source "$1"
compadd() {
  local -a hits
  if [[ -n \${@[(r)-[OAD]]} ]]; then builtin compadd "$@"; return; fi
  builtin compadd -A hits "$@"
  (( $#hits )) && print -rl -- "<"$^hits">"
}
reportEnd() { print "<<end>>" }
comppostfuncs=(reportEnd)
bindkey '^I' complete-word
print "<<""begin>>"
`;

/** Presses Tab in an interactive zsh on a pseudo-terminal. */
async function completedByZsh(script: string, line: string): Promise<string[]> {
  const setup = join(await ownFolder(), 'setup.zsh');
  await writeFile(setup, reporting);
  const program = [
    'zmodload zsh/zpty',
    'zpty z zsh -f -i',
    'zpty -w z "source $1 $2"',
    'zpty -r -m z out "*<<begin>>*"',
    'zpty -w -n z "$3"$\'\\t\'',
    'zpty -r -m z out "*<<end>>*"',
    'print -r -- $out',
  ].join('\n');
  const output = execFileSync('zsh', ['-fc', program, 'zsh', setup, script, line], { encoding: 'utf8' });
  return [...output.matchAll(/<([^<>]+)>/g)].map(([, word = '']) => word.trim());
}

describe('fledge completion', () => {
  it.each([
    [[], 'Missing argument: a shell. Use fledge completion bash|zsh|fish.'],
    [['fishh'], 'Unknown shell "fishh" of fledge completion. Did you mean "fish"?'],
    [['toString'], 'Unknown shell "toString"'],
    [['bash', 'zsh'], 'Too many arguments.'],
  ])('%j is wrong usage', async (args, message) => {
    const { code, err } = await fledgeOn({}, ['completion', ...args]);
    expect({ code, err }).toEqual({ code: 2, err: expect.stringContaining(message) as string });
  });

  it.each(['bash', 'zsh', 'fish'])('prints the script for %s as JSON too', async (shell) => {
    const text = await fledgeOn({ width: 60 }, ['completion', shell]);
    const { out } = await fledgeOn({}, ['completion', shell, '--json']);
    expect(JSON.parse(out)).toEqual({ shell, script: `${text.out}\n` });
  });

  it.each(['bash', 'zsh', 'fish'])(
    'the script for %s has every command, action and option',
    async (shell) => {
      const { out } = await fledgeOn({}, ['completion', shell]);
      for (const load of Object.values(commands)) {
        const { name, actions = {}, flags } = await load();
        for (const word of [name, ...Object.keys(actions)]) expect(out).toContain(word);
        for (const flag of Object.keys(flags)) expect(out).toMatch(new RegExp(`(--|-l )${flag}\\b`));
      }
    },
  );
});
