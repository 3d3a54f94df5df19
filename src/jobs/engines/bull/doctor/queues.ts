import type { Check } from '../../../store/diagnosis.js';
import { humanDuration } from '../../../values/duration.js';
import type { Retention } from '../../../config/retention.js';
import type { Reading } from './server-info.js';
import type { QueueReading, QueuesReading } from './read-queues.js';
import { unknown } from './unknown.js';

/** Milliseconds that a scheduler's next job may be late. */
const overdue = 60_000;

/**
 * @param prefix the key prefix, for when there are no queues
 * @param now milliseconds since the epoch
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
    ...(names.length > queues.length ? [`the first ${queues.length} were looked into`] : []),
    ...(complete ? [] : ['there may be more: the server has too many keys to look at all of them']),
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
  if (workers instanceof Error) return { name, status: 'unknown', found: `${figures}; workers not seen` };
  const found = `${figures}; ${workers} ${workers === 1 ? 'worker' : 'workers'}`;
  // As the watch in web and worker counts: scheduled and retrying jobs need a worker too.
  if (workers > 0 || counts.waiting + counts.delayed === 0) return { name, status: 'ok', found };
  return {
    name,
    status: 'warning',
    found,
    code: 'FLEDGE_QUEUE_UNSERVED',
    fix: `Start a worker for it: node dist/main-worker.js, with ${queue} in JOBS_QUEUES if that is set.`,
  };
}

/** Said once for all queues. */
function checkConsumersSeen(queues: readonly QueueReading[]): Check[] {
  const blind = queues.map(({ workers }) => workers).find((workers) => workers instanceof Error);
  if (!blind) return [];
  return [
    {
      name: 'workers',
      status: 'unknown',
      found: `not seen: ${blind.message}`,
      code: 'FLEDGE_QUEUE_WATCH_BLIND',
      fix: 'Let the user of the URL run CLIENT LIST (+client|list), and workers CLIENT SETNAME (+client|setname).',
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
    found: `${paused.join(', ')}: workers take nothing from ${paused.length === 1 ? 'it' : 'them'}`,
    code: 'FLEDGE_QUEUE_PAUSED',
    fix: "If nobody means it: await queue.resume(), with BullMQ's queue of @InjectQueue.",
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
    found: `${above.join('; ')}: more than Fledge keeps (${completed.count} completed, ${dead.count} failed)`,
    code: 'FLEDGE_RETENTION',
    fix: "Repeat await queue.clean(3_600_000, 10_000, 'completed') (or 'failed') until it returns [], with BullMQ's queue; give whoever else works this queue removeOnComplete and removeOnFail.",
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
      fix: 'Make each anew with queue.upsertJobScheduler(), then remove the old entry: removeRepeatableByKey() of BullMQ 5, or ZREM on the key …:repeat.',
    });
  if (late.length > 0)
    checks.push({
      name: 'late schedulers',
      status: 'warning',
      found: `${late.length} overdue, the oldest by ${humanDuration(now - Math.min(...late.map(({ next }) => next)))}: ${shortened(list(late))}`,
      code: 'FLEDGE_SCHEDULER_OVERDUE',
      fix: 'Start a worker for its queue, which also plans the next run. A scheduler that nobody needs goes with queue.removeJobScheduler(id).',
    });
  return checks;
}

const shortened = (text: string): string => (text.length > 300 ? `${text.slice(0, 300)}…` : text);
