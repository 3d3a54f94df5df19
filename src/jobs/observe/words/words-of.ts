import type { RunningJob } from '../../store/attempt.js';
import { SnoozeJob } from '../../job/retry/control-errors.js';
import { humanDuration } from '../../values/duration.js';
import type { JobEvent } from '../../events/events.js';
import type { JobLogLevel } from '../../values/log-level.js';
import type { Timing } from '../../job/schedule/timing.js';
import { describeBlock } from './blocked-loop-words.js';

/** A line of the log: words for people, and fields for whoever searches. */
export interface LogLine {
  readonly level: JobLogLevel;
  readonly text: string;
  readonly fields?: Readonly<Record<string, unknown>>;
  readonly stack?: string | undefined;
}

type Of<Type extends JobEvent['type']> = Extract<JobEvent, { type: Type }>;

/** Puts a fact into words; the only place that does. A payload appears only where its class lets it. */
export function wordsOf(event: JobEvent): LogLine {
  switch (event.type) {
    case 'enqueued': {
      const due = event.delay > 0 ? `, due in ${humanDuration(event.delay)}` : '';
      return log(`${event.name} ${event.id} enqueued on ${event.queue}${due}`, factsOf(event));
    }
    case 'bulk-enqueued':
      return log(`${event.count} × ${event.name} enqueued on ${event.queue}`);
    case 'duplicate':
      return log(
        `${event.name} ${event.id} is a duplicate of ${event.duplicateOf}, not enqueued`,
        factsOf(event),
      );
    case 'replaced':
      return log(`${event.name} ${event.id} took the place of ${event.duplicateOf}`, factsOf(event));
    case 'vetoed':
      return log(`${event.name} ${event.id} vetoed by enqueue middleware`, factsOf(event));
    case 'cancelled': {
      const { target, removed, signalled, reason } = event;
      const what = target.kind === 'job' ? target.id : `all ${target.name}`;
      const why = reason === undefined ? '' : ` (${reason})`;
      return log(`cancelled ${what}${why}: ${removed} removed, ${signalled} running asked to end`);
    }
    case 'started': {
      const attempt = event.attempt > 1 ? `, attempt ${ordinal(event)}` : '';
      const text = `${event.name} ${event.id} started on ${event.queue}${attempt}`;
      return { level: 'debug', text, fields: attemptOf(event) };
    }
    case 'finished':
      return outcomeOf(event);
    case 'handed-back': {
      const took = humanDuration(event.duration);
      return log(
        `${event.name} ${event.id} is back in its queue, ${took} after it was asked to end`,
        factsOf(event),
      );
    }
    case 'job-left':
      return {
        level: 'error',
        text: `${event.name} ${event.id} could not be put back into its queue; it runs again within 20 s, no attempt is spent. The store: ${event.error.message}`,
        fields: factsOf(event),
      };
    case 'store-ready':
      return log(`connected to ${event.store}`);
    case 'store-lost':
      return { level: 'error', text: `lost ${event.store}: ${event.error.message}` };
    case 'store-error':
      return {
        level: 'error',
        text: `the store answers with errors (${event.count} so far; seen on ${event.queue}): ${event.error.message}`,
      };
    case 'store-serves':
      return log(`the store serves again, after ${event.count} error(s)`);
    case 'processor-replaced':
      return {
        level: 'error',
        text: `${event.queue}: the processor has not asked for jobs for ${humanDuration(event.silentFor)} and was replaced`,
      };
    case 'warning':
      return warn(`${event.message} [${event.code}]`, { code: event.code });
    case 'worker-settings':
      return log(`settings: ${event.settings.map(({ name, value }) => `${name} ${value}`).join('; ')}`);
    case 'worker-started': {
      const processors = event.queues
        .map(({ name, concurrency }) => `processor ${name} ×${concurrency}`)
        .join(', ');
      const leftOut = event.leftOut.length > 0 ? ` (not served here: ${event.leftOut.join(', ')})` : '';
      return log(`${processors}${leftOut}`);
    }
    case 'worker-quiet':
      return log('quiet: takes no more jobs');
    case 'worker-jobs':
      return runningJobs(event.jobs);
    case 'worker-command':
      return log(`asked to ${event.command === 'quiet' ? 'take no more jobs' : 'stop'} from afar`);
    case 'health-listening':
      return log(`health on ${event.url}`);
    case 'worker-stopping':
      return log(event.running === 0 ? 'stopping' : `stopping; ${event.running} job(s) running`);
    case 'worker-stopped':
      return stopped(event);
    case 'loop-blocked':
      return warn(describeBlock(event));
    case 'signal-ignored': {
      const since = humanDuration(Date.now() - event.since);
      return warn(
        `${event.name} ${event.id} was asked to end (${event.reason}) ${since} ago and goes on: it keeps its slot, and no other attempt can begin. Let its perform pass context.signal on, or call signal.throwIfAborted() between steps. [FLEDGE_SIGNAL_IGNORED]`,
        factsOf(event),
      );
    }
    case 'schedule-corrected':
      return log(
        `schedule ${event.schedule} ${event.change}: ${event.job} on ${event.queue}, ${describeTiming(event.timing)}`,
      );
    case 'schedule-failed':
      return warn(
        `schedule ${event.schedule} could not be brought into line with the code: ${event.error.message}`,
      );
    case 'schedule-paused':
      return log(`schedule ${event.schedule} paused`);
    case 'schedule-resumed':
      return log(`schedule ${event.schedule} resumed`);
    case 'tick-made-up':
      return warn(
        `${event.name} ${event.id} makes up for the tick of ${event.schedule} at ${new Date(event.tick).toISOString()}, which was missed: no worker was there`,
        factsOf(event),
      );
    case 'mail-delivered':
      return log(
        `${event.mailer}.${event.action} delivered to ${event.recipients} recipient(s): ${event.detail}`,
        mailOf(event),
      );
    case 'mail-rejected':
      return warn(
        `${event.mailer}.${event.action}: ${event.recipients} recipient(s) refused for good: ${event.response}`,
        mailOf(event),
      );
    case 'mail-vetoed':
      return log(`${event.mailer}.${event.action} not sent: vetoed by ${event.by}`, {
        ...factsOf(event),
        mailer: event.mailer,
        action: event.action,
      });
    case 'mail-transport-broken':
      return warn(`${event.message} [FLEDGE_MAIL_CONFIGURATION]`, {
        code: 'FLEDGE_MAIL_CONFIGURATION',
        transport: event.transport,
      });
    case 'mail-transport-works':
      return log(`the mail transport "${event.transport}" works again`, { transport: event.transport });
    case 'queue-unworked':
      return warn(
        `Nobody works the queue "${event.queue}": ${event.jobs} job(s) wait and no worker serves it. Start a worker for it, or add it to the worker's JOBS_QUEUES. [FLEDGE_QUEUE_UNWORKED]`,
      );
    case 'queue-worked-again':
      return log(`the queue "${event.queue}" is worked again`);
    case 'job-unworked':
      return warn(
        `No live worker knows the job ${event.name}, though ${event.queue} is worked: such jobs are put off until one does, for a day at most. Deploy the workers; after a rename, keep the old name in aliases. [FLEDGE_JOB_UNWORKED]`,
      );
    case 'job-worked-again':
      return log(`the job ${event.name} is known to a worker again`);
  }
}

function outcomeOf(event: Of<'finished'>): LogLine {
  const { name, id, queue, outcome } = event;
  const job = `${name} ${id}`;
  const took = humanDuration(event.duration);
  const facts = {
    ...attemptOf(event),
    duration: Math.round(event.duration),
    outcome: outcome.kind,
    ...(event.payload === undefined ? {} : { payload: event.payload }),
  };
  switch (outcome.kind) {
    case 'completed': {
      const payload = event.payload === undefined ? '' : ` ${JSON.stringify(event.payload)}`;
      const waited = `waited ${humanDuration(event.wait)}`;
      return log(
        `${job} performed in ${took} (${queue}, attempt ${ordinal(event)}, ${waited})${payload}`,
        facts,
      );
    }
    case 'failed': {
      const next =
        outcome.retryIn === undefined
          ? `${event.inline ? '' : 'dead after '}attempt ${ordinal(event)}`
          : `attempt ${ordinal(event)}, again in ${humanDuration(outcome.retryIn)}`;
      return {
        level: 'error',
        text: `${job} failed after ${took} (${next})`,
        fields: facts,
        stack: outcome.error.stack,
      };
    }
    case 'killed':
      return { level: 'error', text: `${job} killed: ${outcome.error.message}`, fields: facts };
    case 'discarded':
      return log(`${job} discarded after ${took}: ${outcome.error.message}`, facts);
    case 'expired':
      return warn(`${job} dropped: ${outcome.reason.message}`, facts);
    case 'cancelled':
      return log(`${job} cancelled after ${took}: ${outcome.reason.message}`, facts);
    case 'snoozed':
      if (outcome.reason instanceof SnoozeJob)
        return log(`${job} snoozed for ${humanDuration(outcome.delay)}: ${outcome.reason.message}`, facts);
      return warn(`${job} put off for ${humanDuration(outcome.delay)}: ${outcome.reason.message}`, facts);
    case 'interrupted':
      return log(`${job} was interrupted after ${took}, to be put back into its queue`, facts);
    case 'lost':
      return warn(`${job} was lost after ${took}: another worker may be running it`, facts);
  }
}

/** Of a job with `retryFor` there is no telling how many there will be. */
function ordinal({ attempt, attempts }: { attempt: number; attempts: number }): string {
  return attempts === Infinity ? String(attempt) : `${attempt} of ${attempts}`;
}

function runningJobs(jobs: readonly RunningJob[]): LogLine {
  if (jobs.length === 0) return log('no job is running');
  const now = Date.now();
  const lines = jobs.map(({ name, id, queue, attempt, since, phase, aborted }) => {
    const asked = aborted === undefined ? '' : `, asked to end (${aborted})`;
    return `${name} ${id} on ${queue}, attempt ${attempt}, for ${humanDuration(now - since)}: ${phase}${asked}`;
  });
  return log(`${jobs.length} job(s) running\n  ${lines.join('\n  ')}`, { jobs });
}

function stopped({ duration, handedBack, left, running }: Of<'worker-stopped'>): LogLine {
  const back = handedBack > 0 ? `; ${handedBack} unfinished job(s) went back to their queues` : '';
  const text = `stopped in ${humanDuration(duration)}${back}`;
  if (left === 0) return log(text);
  const names = running.map(({ name, id }) => `${name} ${id}`).join(', ');
  return {
    level: 'error',
    text: `${text}; ${left} could not be handed back and will run elsewhere within 20 s${names && `: ${names}`}`,
    fields: { handedBack, left, ...(running.length > 0 ? { jobs: running } : {}) },
  };
}

function describeTiming(timing: Timing): string {
  return 'every' in timing ? `every ${humanDuration(timing.every)}` : `${timing.cron} (${timing.timezone})`;
}

function factsOf({ id, name, queue }: { id: string; name: string; queue: string }): Record<string, unknown> {
  return { id, class: name, queue };
}

function mailOf(event: Of<'mail-delivered' | 'mail-rejected'>): Record<string, unknown> {
  const { mailer, action, transport, recipients } = event;
  return { ...factsOf(event), mailer, action, transport, recipients };
}

function attemptOf(event: Of<'started' | 'finished'>): Record<string, unknown> {
  return { ...factsOf(event), attempt: event.attempt, wait: Math.round(event.wait) };
}

function log(text: string, fields?: Readonly<Record<string, unknown>>): LogLine {
  return fields ? { level: 'log', text, fields } : { level: 'log', text };
}

function warn(text: string, fields?: Readonly<Record<string, unknown>>): LogLine {
  return fields ? { level: 'warn', text, fields } : { level: 'warn', text };
}
