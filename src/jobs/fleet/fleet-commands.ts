import { FledgeError } from '../values/errors.js';
import { isLive, type Fleet, type FleetCommand } from '../store/fleet.js';
import { didYouMean } from '../values/did-you-mean.js';

/**
 * Sends a command to a worker process that is alive.
 * @throws FledgeError `FLEDGE_PROCESS_UNKNOWN`, `FLEDGE_STORE_…`
 */
export async function sendCommand(fleet: Fleet, processId: string, command: FleetCommand): Promise<void> {
  const live = (await fleet.members()).filter(isLive).map(({ id }) => id);
  if (!live.includes(processId)) throw unknownProcess(processId, live);
  await fleet.send(processId, command);
}

function unknownProcess(id: string, live: readonly string[]): FledgeError {
  const there = live.length === 0 ? 'No worker process is alive' : `The live ones are ${live.join(', ')}`;
  return new FledgeError(
    'FLEDGE_PROCESS_UNKNOWN',
    `No live worker process has ${shown(id)}.${didYouMean(id, live)} ${there}. Use an id from JobsInspector.processes() or \`fledge ps\`.`,
  );
}

/** Hides a URL that was passed instead of an id, because it may contain a password. */
function shown(id: string): string {
  return /^[\w.:-]+$/.test(id) ? `the id "${id}"` : 'this id';
}
