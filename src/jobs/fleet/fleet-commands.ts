import { FledgeError } from '../values/errors.js';
import { isLive, type Fleet, type FleetCommand } from '../store/fleet.js';
import { didYouMean } from '../values/did-you-mean.js';
import { looksLikeUrl } from '../values/quoted.js';

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
  // A URL that was passed instead of an id may contain a password.
  const shown = looksLikeUrl(id) ? '' : ` ${JSON.stringify(id)}`;
  const use = live.length === 0 ? 'No worker process is alive.' : `Use one of ${live.join(', ')}.`;
  return new FledgeError(
    'FLEDGE_PROCESS_UNKNOWN',
    `Unknown worker process${shown}.${didYouMean(id, live)} ${use} JobsInspector.processes() and \`fledge ps\` list the processes.`,
  );
}
