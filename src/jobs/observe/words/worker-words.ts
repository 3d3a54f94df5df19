import type { WorkerEvent } from '../../events/worker-events.js';
import { titleOf } from '../../job/subjects.js';
import { humanDuration } from '../../values/duration.js';
import { counted } from '../../values/printable.js';
import { describeBlock } from './blocked-loop-words.js';
import { error, log, warn, type Words } from './log-line.js';

export const workerWords = {
  'worker-settings': ({ settings }) =>
    log(`settings: ${settings.map(({ name, value }) => `${name} ${value}`).join('; ')}`),
  'worker-started'(event) {
    const processors = event.queues
      .map(({ name, concurrency }) => `processor ${name} ×${concurrency}`)
      .join(', ');
    const leftOut = event.leftOut.length > 0 ? ` (not served here: ${event.leftOut.join(', ')})` : '';
    const others = (event.others ?? []).map(({ name, concurrency }) => `${name} ×${concurrency}`).join(', ');
    return log(`${processors}${leftOut}${others && `; your own processors: ${others}`}`);
  },
  'worker-quiet': () => log('quiet: takes no more jobs'),
  'worker-jobs'({ jobs }) {
    if (jobs.length === 0) return log('no job is running');
    const now = Date.now();
    const lines = jobs.map((job) => {
      const { id, queue, attempt, since, phase, aborted } = job;
      const asked = aborted === undefined ? '' : `, told to stop (${aborted})`;
      return `${titleOf(job)} ${id} on ${queue}, attempt ${attempt}, for ${humanDuration(now - since)}: ${phase}${asked}`;
    });
    return log(`${counted(jobs.length, 'job')} running\n  ${lines.join('\n  ')}`, () => ({ jobs }));
  },
  'worker-command': ({ command }) => log(`received the remote command "${command}"`),
  'worker-paused': ({ name, host, since }) => {
    const from = host === undefined ? '' : ` on ${host}`;
    const ago = since === undefined ? '' : ` ${humanDuration(Math.max(0, Date.now() - since))} ago`;
    return log(`jobs of ${name} were paused${from}${ago}: takes none of them until they are resumed`);
  },
  'worker-resumed': ({ name }) => log(`jobs of ${name} are resumed`),
  'health-listening': ({ url }) => log(`health on ${url}`),
  'worker-stopping': ({ running }) =>
    log(running === 0 ? 'stopping' : `stopping with ${counted(running, 'job')} running`),
  'worker-stopped'({ duration, handedBack, left, running }) {
    const queues = handedBack === 1 ? 'its queue' : 'their queues';
    const back = handedBack > 0 ? `; ${counted(handedBack, 'unfinished job')} went back to ${queues}` : '';
    const text = `stopped in ${humanDuration(duration)}${back}`;
    if (left === 0) return log(text);
    const names = running.map((job) => `${titleOf(job)} ${job.id}`).join(', ');
    return error(
      `${text}; ${left} could not be handed back and will run elsewhere within 20 s${names && `: ${names}`}`,
      () => ({ handedBack, left, ...(running.length > 0 ? { jobs: running } : {}) }),
    );
  },
  'loop-blocked': (event) => warn(describeBlock(event)),
  'queue-paused': ({ queue }) => log(`queue ${queue} paused`),
  'queue-resumed': ({ queue }) => log(`queue ${queue} resumed`),
  'job-paused': ({ name }) => log(`jobs of ${name} paused`),
  'job-resumed': ({ name }) => log(`jobs of ${name} resumed`),
  'queue-unserved': ({ queue, jobs }) =>
    warn(
      `No worker serves the queue "${queue}", and ${counted(jobs, 'job')} ${jobs === 1 ? 'is' : 'are'} waiting in it. Start a worker for it, or add it to the worker's JOBS_QUEUES. [FLEDGE_QUEUE_UNSERVED]`,
    ),
  'queue-served-again': ({ queue }) => log(`the queue "${queue}" is served again`),
  'job-unserved': ({ name, queue }) =>
    warn(
      `No live worker knows the job ${name}, although the queue ${queue} has workers. Such jobs wait for a worker that knows them, for at most a day. Deploy the workers. After a rename, keep the old name in aliases. [FLEDGE_JOB_UNSERVED]`,
    ),
  'job-served-again': ({ name }) => log(`a worker knows the job ${name} again`),
} satisfies Words<WorkerEvent>;
