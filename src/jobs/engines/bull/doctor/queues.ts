import type { Check } from '../../../store/diagnosis.js';
import { humanDuration } from '../../../values/duration.js';
import type { Retention } from '../../../config/retention.js';
import type { Reading } from './server-info.js';
import type { QueueReading, QueuesReading } from './read-queues.js';
import { unknown } from './unknown.js';

/** How late a scheduler's next job may be, in milliseconds. */
const overdue = 60_000;

/**
 * @param prefix the key prefix, for the message without queues
 * @param now in milliseconds since 1970
 */
export function checkQueues(reading: Reading<QueuesReading>, prefix: string, now: number): Check[] {
  if (reading instanceof Error) return [unknown('queues', reading, '+scan')];
  const seen = reading.queues.filter((queue): queue is QueueReading => !('failure' in queue));
  return [
    checkNames(reading, prefix),
    ...reading.queues.map((queue) =>
      'failure' in queue ? unknown(`queue ${queue.name}`, queue.failure, `~${prefix}:*`) : checkQueue(queue),
    ),
    ...checkConsumersSeen(seen),
    ...(seen.length === 0
      ? []
      : [checkPaused(seen), checkRetention(seen, reading.retention), ...checkSchedulers(seen, now)]),
  ];
}

function checkNames({ names, queues, complete }: QueuesReading, prefix: string): Check {
  const notes = [
    ...(names.length > queues.length ? [`only the first ${queues.length} were checked`] : []),
    ...(complete ? [] : ['there may be more, because the server has too many keys to search them all']),
  ];
  const count =
    names.length === 0 ? `none below the prefix ${prefix} yet` : `${names.length} below the prefix ${prefix}`;
  return { name: 'queues', status: 'ok', found: [count, ...notes].join('; ') };
}

function checkQueue({ name: queue, counts, workers }: QueueReading): Check {
  const name = `queue ${queue}`;
  const figures = Object.entries(counts)
    .map(([state, count]) => `${count} ${state}`)
    .join(', ');
  if (workers instanceof Error)
    return { name, status: 'unknown', found: `${figures}; the number of workers is unknown` };
  const found = `${figures}; ${workers} ${workers === 1 ? 'worker' : 'workers'}`;
  // Scheduled and retrying jobs need a worker too. The watch in web and worker counts in the same way.
  if (workers > 0 || counts.waiting + counts.delayed === 0) return { name, status: 'ok', found };
  return {
    name,
    status: 'warning',
    found,
    code: 'FLEDGE_QUEUE_UNSERVED',
    fix: `Start a worker for it: node dist/main-worker.js. If JOBS_QUEUES is set, add ${queue} to it.`,
  };
}

/** One check for all queues. */
function checkConsumersSeen(queues: readonly QueueReading[]): Check[] {
  const blind = queues.map(({ workers }) => workers).find((workers) => workers instanceof Error);
  if (!blind) return [];
  return [
    {
      name: 'workers',
      status: 'unknown',
      found: `could not be checked: ${blind.message}`,
      code: 'FLEDGE_QUEUE_WATCH_BLIND',
      fix: 'Allow the user of the URL to run CLIENT LIST (+client|list). Allow workers to run CLIENT SETNAME (+client|setname).',
    },
  ];
}

function checkPaused(queues: readonly QueueReading[]): Check {
  const name = 'paused queues';
  const paused = queues.filter((queue) => queue.paused).map((queue) => queue.name);
  if (paused.length === 0) return { name, status: 'ok', found: 'none' };
  return {
    name,
    status: 'warning',
    found: `${paused.join(', ')}: workers take no jobs from ${paused.length === 1 ? 'it' : 'them'}`,
    code: 'FLEDGE_QUEUE_PAUSED',
    fix: `If this is not intended, run ${paused.map((queue) => `fledge resume queue ${queue}`).join(' and ')}.`,
  };
}

function checkRetention(queues: readonly QueueReading[], { completed, dead }: Retention): Check {
  const name = 'retention';
  const above = queues.flatMap(({ name: queue, counts }) => [
    ...(counts.completed > completed.count ? [`${queue}: ${counts.completed} completed`] : []),
    ...(counts.failed > dead.count ? [`${queue}: ${counts.failed} failed`] : []),
  ]);
  if (above.length === 0) {
    const found = `at most ${completed.count} completed and ${dead.count} failed jobs in each queue`;
    return { name, status: 'ok', found };
  }
  return {
    name,
    status: 'warning',
    found: `${above.join('; ')}; Fledge keeps at most ${completed.count} completed and ${dead.count} failed`,
    code: 'FLEDGE_RETENTION',
    fix: "Repeat await queue.clean(3_600_000, 10_000, 'completed') (or 'failed') on the BullMQ queue until it returns []. If another program finishes jobs in this queue, set removeOnComplete and removeOnFail there.",
  };
}

function checkSchedulers(queues: readonly QueueReading[], now: number): Check[] {
  const name = 'schedulers';
  const all = queues.flatMap((queue) =>
    queue.schedulers.map((scheduler) => ({ ...scheduler, queue: queue.name })),
  );
  const legacy = all.filter((scheduler) => scheduler.legacy);
  const late = all.filter((scheduler) => !scheduler.legacy && scheduler.next < now - overdue);
  if (legacy.length + late.length === 0) return [{ name, status: 'ok', found: String(all.length || 'none') }];
  const list = (some: typeof all): string => some.map(({ queue, id }) => `${queue} ${id}`).join(', ');
  const checks: Check[] = [];
  if (legacy.length > 0)
    checks.push({
      name: 'old schedulers',
      status: 'warning',
      found: `${legacy.length} that BullMQ 6 does not run: ${shortened(list(legacy))}`,
      code: 'FLEDGE_SCHEDULER_OLD',
      fix: 'Create each one again with queue.upsertJobScheduler(). Then remove the old entry with removeRepeatableByKey() of BullMQ 5, or with ZREM on the key …:repeat.',
    });
  if (late.length > 0)
    checks.push({
      name: 'late schedulers',
      status: 'warning',
      found: `${late.length} overdue, the oldest by ${humanDuration(now - Math.min(...late.map(({ next }) => next)))}: ${shortened(list(late))}`,
      code: 'FLEDGE_SCHEDULER_OVERDUE',
      fix: 'Start a worker for the queue. The worker also plans the next run. If a scheduler is no longer needed, call queue.removeJobScheduler(id).',
    });
  return checks;
}

const shortened = (text: string): string => (text.length > 300 ? `${text.slice(0, 300)}…` : text);
