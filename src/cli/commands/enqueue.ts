import { withReportedJobs, type ReportedJob, type ReportedReceipt } from '../../client/reported-jobs.js';
import type { EnqueueOptions } from '../../jobs/job/enqueue-options.js';
import { titleOf } from '../../jobs/job/subjects.js';
import { humanDuration } from '../../jobs/values/duration.js';
import { FledgeError } from '../../jobs/values/errors.js';
import { printable } from '../../jobs/values/printable.js';
import { readCount, readDuration, refuseEmpty, refuseRest } from '../shell/arguments.js';
import { defineCommand, exit, UsageError, type Output } from '../shell/command.js';
import { readJson } from '../shell/json-text.js';
import { storeUrl, urlWord } from '../shell/store-url.js';
import { wrap } from '../shell/text.js';
import { readMoment } from '../shell/times.js';

const usage = 'fledge enqueue <name> [<json>] [url]';

const flags = {
  queue: { type: 'string', value: 'queue', help: 'another declared queue. Default: the queue of the class' },
  in: { type: 'string', value: 'duration', help: 'runs the job after this time: 90s, 10m, 3h, 2d' },
  at: {
    type: 'string',
    value: 'time',
    help: "runs the job at this time: 2027-03-29T03:00, or with a zone 2027-03-29T03:00+02:00 or …Z. Default zone: this machine's",
  },
  priority: { type: 'string', value: 'n', help: 'from 1, which runs first, to 2097152' },
  attempts: {
    type: 'string',
    value: 'n',
    help: 'how many attempts the job has. Default: those of the class',
  },
  'unique-key': {
    type: 'string',
    value: 'json',
    help: "for a class whose unique.by is a function: the function's result for this payload, as JSON",
  },
  'not-unique': { type: 'boolean', help: 'enqueues the job even if an equal job waits or runs' },
  'without-middleware': {
    type: 'boolean',
    help: 'enqueues the job although the application has enqueue middleware, which cannot run here',
  },
  id: {
    type: 'string',
    value: 'id',
    help: 'repeats an enqueue whose result is unknown, so that the job is not enqueued twice',
  },
} as const;

type Values = { readonly [Name in keyof typeof flags]?: string | boolean | undefined };

export const enqueue = defineCommand({
  name: 'enqueue',
  summary: 'enqueues a job or a mail by its name',
  usages: ['<name> [<json>] [url]', '<name> - [url]'],
  about: [
    'Enqueues a job by its stored name, or a mail by its mailer and action, such as UserMailer.welcome. Queue, attempts and unique are those that live workers report. The checks, limits and errors are those of JobsService.enqueue. Without a live worker that knows the name, nothing is enqueued.',
    'Enqueue middleware is code of the application, and does not run. If the application has some, the command enqueues only with --without-middleware.',
    'The JSON is the receipt: { id, name, subject, queue, status, duplicateOf, dueAt, notes }.',
  ],
  words: {
    name: "the job's stored name, or the mailer and action of a mail",
    json: 'the payload, in quotes: \'{"orderId": 17}\'. With - it is read from the standard input. Omit it if perform takes no payload',
    ...urlWord,
  },
  flags,
  exits:
    '0 the job is enqueued or an equal one exists, 1 no live worker knows the name, or the store did not take the job',
  async run({ values, words, output }) {
    refuseEmpty(values);
    const { name, json, url: typed } = readWords(words);
    const options = optionsOf(values);
    const target = storeUrl([typed], { command: 'enqueue <name> <json>', output });
    const payload = await payloadOf(json, output);
    const { 'unique-key': keyText } = values;
    const uniqueKey = keyText === undefined ? undefined : readJson(keyText, '--unique-key');
    const done = await withReportedJobs(target, output.env, async (jobs) => {
      const reported = jobs.find(name, values.queue);
      checkUnique(reported, values);
      checkMiddleware(reported, values['without-middleware']);
      const result = await jobs.enqueue(reported, { payload, options, uniqueKey }).catch(explainTimeout);
      return { ...result, subject: reported.subject };
    });
    print(done, options, output);
    return exit.ok;
  },
});

interface Words {
  readonly name: string;
  readonly json: string | undefined;
  readonly url: string | undefined;
}

/** JSON never begins like a URL, so the payload may be left out. */
function readWords([name, ...words]: readonly string[]): Words {
  if (!name || name.includes('://'))
    throw new UsageError(`Missing argument: the name of a job. Use ${usage}.`);
  const hasJson = words[0] !== undefined && !/^[a-z]+:/i.test(words[0]);
  const json = hasJson ? words[0] : undefined;
  const [url, ...rest] = hasJson ? words.slice(1) : words;
  refuseRest(rest, usage);
  return { name, json, url };
}

async function payloadOf(json: string | undefined, { readInput }: Output): Promise<unknown> {
  if (json === undefined) return undefined;
  return json === '-' ? readJson(await readInput(), 'The standard input') : readJson(json, 'The payload');
}

function optionsOf(values: {
  readonly queue?: string | undefined;
  readonly in?: string | undefined;
  readonly at?: string | undefined;
  readonly priority?: string | undefined;
  readonly attempts?: string | undefined;
  readonly id?: string | undefined;
  readonly 'not-unique'?: boolean | undefined;
}): EnqueueOptions {
  const { queue, in: delay, at, priority, attempts, id } = values;
  if (delay !== undefined && at !== undefined)
    throw new UsageError('--in and --at exclude each other. Pass one of them.');
  const when =
    delay === undefined
      ? at !== undefined && { at: readMoment(at, '--at') }
      : { delay: readDuration(delay, '--in') };
  return {
    ...when,
    ...(queue !== undefined && { queue }),
    ...(priority !== undefined && { priority: readCount(priority, '--priority') }),
    ...(attempts !== undefined && { attempts: readCount(attempts, '--attempts') }),
    ...(id !== undefined && { id }),
    ...(values['not-unique'] && { unique: false }),
  };
}

/** A function cannot be in a worker's report, so the operator passes its result. */
function checkUnique({ job: { name, unique } }: ReportedJob, values: Values): void {
  const { 'unique-key': key, 'not-unique': isNotUnique } = values;
  if (key !== undefined && isNotUnique)
    throw new UsageError('--unique-key and --not-unique exclude each other. Pass one of them.');
  if (key !== undefined && !unique?.byFunction)
    throw new UsageError(
      `--unique-key has no effect on ${name}, because ${unique ? 'the workers report how its key is made' : 'it is not unique'}. Remove the option.`,
    );
  if (key === undefined && !isNotUnique && unique?.byFunction)
    throw new UsageError(
      `${name} is unique by a function, which only the application can call. Pass its result for this payload as JSON, such as --unique-key '"customer-17"', or --not-unique.`,
    );
}

function checkMiddleware(
  { catalog: { enqueueMiddleware } }: ReportedJob,
  isWithout: boolean | undefined,
): void {
  if (enqueueMiddleware.length === 0 || isWithout) return;
  throw new UsageError(
    `The application has enqueue middleware, which cannot run here: ${enqueueMiddleware.join(', ')}. It may encrypt payloads, or add values that the job needs. Enqueue in the application, or pass --without-middleware.`,
  );
}

/** @throws FledgeError with the option that repeats the enqueue, if the job may have arrived */
function explainTimeout(thrown: unknown): never {
  if (!(thrown instanceof FledgeError) || thrown.code !== 'FLEDGE_STORE_TIMEOUT' || !thrown.jobId)
    throw thrown;
  const { code, message, jobId } = thrown;
  const bare = message.replace(` [${code}]`, '').replace('in error.jobId', jobId);
  throw new FledgeError(
    code,
    `${bare} Repeat the command with --id ${jobId}, so that the job is not enqueued twice.`,
    {
      jobId,
      cause: thrown,
    },
  );
}

interface Done extends ReportedReceipt {
  readonly subject: string | undefined;
}

function print({ receipt, notes, subject }: Done, { delay, at }: EnqueueOptions, output: Output): void {
  const { id, name, queue, status, duplicateOf = null } = receipt;
  const wait = Math.max(0, at === undefined ? Number(delay ?? 0) : Number(at) - output.now);
  const dueAt = status === 'duplicate' ? null : new Date(output.now + wait).toISOString();
  const hasPassed = at !== undefined && wait === 0 && status !== 'duplicate';
  const all = [...notes, ...(hasPassed ? ['The time of --at has passed, so the job is due at once.'] : [])];
  const result = { id, name, subject: subject ?? null, queue, status, duplicateOf, dueAt, notes: all };
  output.show(result, () => {
    const title = titleOf({ name, subject });
    const sentence =
      status === 'duplicate'
        ? `${title} was not enqueued again, because the job ${duplicateOf} has the same ${duplicateOf === id ? 'id' : 'unique key'}.`
        : `${title} ${id} is enqueued on ${queue}${wait > 0 ? `, due in ${humanDuration(wait)}` : ''}${status === 'replaced' ? `, in place of ${duplicateOf}` : ''}.`;
    return [sentence, ...all].flatMap((text) => wrap(printable(text), output.width));
  });
}
