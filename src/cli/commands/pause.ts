import { withInventory } from '../../jobs/internals.js';
import { readTarget } from '../shell/arguments.js';
import { defineCommand, exit, UsageError, type Command, type Output } from '../shell/command.js';
import { requireComplete } from '../shell/incomplete.js';
import { listOf } from '../shell/list.js';
import { storeUrl, urlWord } from '../shell/store-url.js';
import { pausedJson, pausedTable } from './tables/paused-table.js';

const kinds = ['queue', 'job'] as const;

type Kind = (typeof kinds)[number];
type Action = 'pause' | 'resume';

const words = {
  name: 'the name of the queue; or the stored name of a job class, a mailer such as UserMailer, or a mailer and action such as UserMailer.welcome',
  ...urlWord,
};

export const pause = defineCommand({
  name: 'pause',
  summary: 'pauses a queue, or the jobs of one class; lists what is paused',
  usages: ['queue|job <name> [url]', '[url]'],
  about: [
    'Pauses a queue, or the jobs of one class in all queues, until fledge resume resumes them. A pause outlasts restarts and deploys. Running jobs continue. The other jobs wait without using up an attempt. Without a name, it lists what is paused.',
  ],
  actions: {
    queue: 'stops all workers from taking jobs from a queue, also workers of other programs that use BullMQ',
    job: 'stops workers from starting jobs of a class, while other jobs in the same queues go on',
  } satisfies Record<Kind, string>,
  words,
  flags: {},
  exits: '0 done, 1 no such queue or job is known, not all queues were found, or no connection',
  async run({ words: [word, ...rest], output }) {
    const kind = kinds.find((known) => known === word);
    if (kind) await act('pause', kind, rest, output);
    else await list([word, ...rest], output);
    return exit.ok;
  },
});

export const resume: Command = defineCommand({
  name: 'resume',
  summary: 'resumes a paused queue, or the paused jobs of one class',
  usages: ['queue|job <name> [url]'],
  about: [
    'Resumes what fledge pause has paused. Jobs that are due run within two seconds, if a worker has a free slot. fledge pause lists what is paused.',
  ],
  actions: {
    queue: 'makes workers take jobs from a queue again',
    job: 'makes workers start jobs of a class again',
  } satisfies Record<Kind, string>,
  words,
  flags: {},
  exits: '0 done, 1 no such queue or job is known, or no connection',
  async run({ words: [word, ...rest], output }) {
    const kind = kinds.find((known) => known === word);
    if (!kind) throw notAKind(word, output);
    await act('resume', kind, rest, output);
    return exit.ok;
  },
});

async function act(action: Action, kind: Kind, rest: readonly string[], output: Output): Promise<void> {
  const command = `${action} ${kind} <name>`;
  const what = kind === 'queue' ? 'the name of a queue' : 'the name of a job class or mailer';
  const { target: name, url } = readTarget(rest, what, `fledge ${command} [url]`);
  const changed = await withInventory(
    storeUrl([url], { command, output }),
    output.env,
    ({ pausing }) => {
      if (kind === 'queue') return action === 'pause' ? pausing.pauseQueue(name) : pausing.resumeQueue(name);
      return action === 'pause' ? pausing.pauseJob(name) : pausing.resumeJob(name);
    },
    kind === 'queue' ? name : undefined,
  );
  output.show({ action, kind, name, changed }, () => report(action, kind, name, changed));
}

function report(action: Action, kind: Kind, name: string, changed: boolean): string {
  const [what, verb] = kind === 'queue' ? [`The queue ${name}`, 'is'] : [`Jobs of ${name}`, 'are'];
  if (action === 'resume')
    return changed ? `${what} ${verb} resumed.` : `${what} ${kind === 'queue' ? 'was' : 'were'} not paused.`;
  if (!changed) return `${what} ${verb} already paused.`;
  const it = kind === 'queue' ? 'it' : 'them';
  return `${what} ${verb} paused. Running jobs continue. To resume ${it}, run fledge resume ${kind} ${name}.`;
}

async function list(rest: readonly (string | undefined)[], output: Output): Promise<void> {
  const url = storeUrl(rest, { command: 'pause', output, actions: kinds });
  const { paused, complete } = await withInventory(url, output.env, async ({ pausing, complete }) => ({
    paused: await pausing.paused(),
    complete,
  }));
  output.show(listOf(paused.map(pausedJson)), () =>
    paused.length === 0 ? 'Nothing is paused.' : pausedTable(paused, output.now, output.width),
  );
  requireComplete(complete);
}

/** The first word of `fledge resume` is missing, a URL, or misspelled. */
function notAKind(word: string | undefined, output: Output): Error {
  if (word !== undefined && !word.includes(':'))
    storeUrl([word], { command: 'resume', output, actions: kinds });
  return new UsageError('Missing argument: queue or job. Use fledge resume queue|job <name> [url].');
}
