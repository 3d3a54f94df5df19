import type { Check } from '../../../store/diagnosis.js';
import { isLive, type FleetMember } from '../../../store/fleet.js';
import type { Reading } from './server-info.js';
import { unknown } from './unknown.js';

/** Checks that the live workers below a prefix are of one application. Says nothing without a worker that reports a name. */
export function checkApps(members: Reading<readonly FleetMember[]>, prefix: string): Check[] {
  const name = 'application';
  if (members instanceof Error) return [unknown(name, members, '+hgetall')];
  const apps = new Map<string, string[]>();
  for (const { app, id } of members.filter(isLive))
    if (app !== undefined) apps.set(app, [...(apps.get(app) ?? []), id]);
  if (apps.size === 0) return [];
  const [only] = apps.keys();
  if (apps.size === 1) return [{ name, status: 'ok', found: String(only) }];
  const list = [...apps]
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([app, ids]) => `${app} (${ids.join(', ')})`);
  return [
    {
      name,
      status: 'warning',
      found: `${list.join(' and ')} use the same prefix ${prefix}, so each runs jobs and sends mails of the other`,
      code: 'FLEDGE_PREFIX_SHARED',
      fix: "Set another prefix in one of them: JobsModule.forRoot({ prefix: '…' }) or JOBS_PREFIX. If they are one application, set the same JobsModule.forRoot({ app: '…' }) in both.",
    },
  ];
}
