import { Injectable, Logger } from '@nestjs/common';
import { humanDuration } from './duration.js';
import { JobEvents, type JobEvent } from './events.js';
import { describeBlock } from './worker/blocked-loop.js';

type Finished = Extract<JobEvent, { type: 'finished' }>;

/** Puts the facts into words, through Nest's logger. The only place that words them. Payloads are never logged. */
@Injectable()
export class EventLog {
  private readonly logger = new Logger('Jobs');

  constructor(events: JobEvents) {
    events.subscribe((event) => this.write(event));
  }

  private write(event: JobEvent): void {
    // What every job says is not even worded when nobody would see it.
    if (!Logger.isLevelEnabled('log') && isRoutine(event)) return;
    switch (event.type) {
      case 'enqueued': {
        const due = event.delay > 0 ? `, due in ${humanDuration(event.delay)}` : '';
        return this.logger.log(`${event.name} ${event.id} enqueued on ${event.queue}${due}`);
      }
      case 'bulk-enqueued':
        return this.logger.log(`${event.count} × ${event.name} enqueued on ${event.queue}`);
      case 'vetoed':
        return this.logger.log(`${event.name} ${event.id} vetoed by enqueue middleware`);
      case 'started': {
        const attempt = event.attempt > 1 ? `, attempt ${event.attempt} of ${event.attempts}` : '';
        return this.logger.log(`${event.name} ${event.id} started on ${event.queue}${attempt}`);
      }
      case 'finished':
        return this.writeOutcome(event);
      case 'store-ready':
        return this.logger.log(`connected to ${event.store}`);
      case 'store-lost':
        return this.logger.error(`lost ${event.store}: ${event.error.message}; reconnecting`);
      case 'store-error':
        return this.logger.error(
          `${event.queue}: the store answers with errors (${event.count} so far): ${event.error.message}`,
        );
      case 'processor-replaced':
        return this.logger.error(
          `${event.queue}: the processor has not asked for jobs for ${humanDuration(event.silentFor)} and was replaced`,
        );
      case 'warning':
        return this.logger.warn(`${event.message} [${event.code}]`);
      case 'worker-started': {
        const processors = event.queues
          .map(({ name, concurrency }) => `processor ${name} ×${concurrency}`)
          .join(', ');
        const leftOut = event.leftOut.length > 0 ? ` (not served here: ${event.leftOut.join(', ')})` : '';
        return this.logger.log(`${processors}${leftOut}`);
      }
      case 'worker-quiet':
        return this.logger.log('quiet: takes no more jobs');
      case 'worker-stopping':
        return this.logger.log(
          event.running === 0 ? 'stopping' : `stopping; ${event.running} job(s) running`,
        );
      case 'worker-stopped': {
        const back =
          event.handedBack > 0 ? `; ${event.handedBack} unfinished job(s) went back to their queues` : '';
        const left =
          event.left > 0 ? `; ${event.left} could not be handed back and will run elsewhere within 20 s` : '';
        return this.logger.log(`stopped in ${humanDuration(event.duration)}${back}${left}`);
      }
      case 'loop-blocked':
        return this.logger.warn(describeBlock(event));
      case 'queue-unworked':
        return this.logger.warn(
          `Nobody works the queue "${event.queue}": ${event.jobs} job(s) wait and no worker serves it. Start a worker for it, or add it to the worker's JOBS_QUEUES. [FLEDGE_QUEUE_UNWORKED]`,
        );
      case 'queue-worked-again':
        return this.logger.log(`the queue "${event.queue}" is worked again`);
    }
  }

  private writeOutcome({ name, id, attempt, attempts, duration, outcome }: Finished): void {
    const job = `${name} ${id}`;
    const took = humanDuration(duration);
    switch (outcome.kind) {
      case 'completed':
        return this.logger.log(`${job} performed in ${took}`);
      case 'failed': {
        const next =
          outcome.retryIn === undefined
            ? `dead after attempt ${attempt} of ${attempts}`
            : `attempt ${attempt} of ${attempts}, again in ${humanDuration(outcome.retryIn)}`;
        return this.logger.error(`${job} failed after ${took} (${next})`, outcome.error.stack);
      }
      case 'killed':
        return this.logger.error(`${job} killed: ${outcome.error.message}`);
      case 'snoozed':
        return this.logger.warn(
          `${job} put off for ${humanDuration(outcome.delay)}: ${outcome.reason.message}`,
        );
      case 'interrupted':
        return this.logger.log(
          `${job} interrupted after ${took}; it goes back to its queue, no attempt is spent`,
        );
      case 'lost':
        return this.logger.warn(`${job} was lost after ${took}: another worker may be running it`);
    }
  }
}

function isRoutine(event: JobEvent): boolean {
  if (event.type === 'finished') return event.outcome.kind === 'completed';
  return event.type === 'started' || event.type === 'enqueued';
}
