import { isLive, type Fleet, type FleetMember } from '../store/fleet.js';

export interface WorkerProcess extends FleetMember {
  /** True if its last beat is older than 60 s: it was killed, frozen or cut off. Its jobs run elsewhere once their locks expire. */
  readonly gone: boolean;
}

/**
 * Lists the worker processes, the oldest first.
 * @throws FledgeError `FLEDGE_STORE_…`
 */
export async function listProcesses(fleet: Fleet): Promise<WorkerProcess[]> {
  const members = await fleet.members();
  return members
    .map((member) => ({ ...member, gone: !isLive(member) }))
    .toSorted((a, b) => a.startedAt - b.startedAt);
}
