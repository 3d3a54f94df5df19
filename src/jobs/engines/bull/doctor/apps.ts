import type { Check } from '../../../store/diagnosis.js';
import { isLive, type FleetMember } from '../../../store/fleet.js';
import { kinshipOf } from '../../../store/kinship.js';
import type { Reading } from './server-info.js';
import { unknown } from './unknown.js';

/** Checks that the live workers below a prefix are of one application. Says nothing without a worker that reports a name. */
export function checkApps(members: Reading<readonly FleetMember[]>, prefix: string): Check[] {
  const name = 'application';
  if (members instanceof Error) return [unknown(name, members, '+hgetall')];
  const apps = new Map<string, string[]>();
  const workers = members.filter(isLive).flatMap((member) => {
    const { app } = member;
    return app === undefined ? [] : [{ ...member, app }];
  });
  for (const { app, id } of workers) apps.set(app, [...(apps.get(app) ?? []), id]);
  if (apps.size === 0) return [];
  if (workers.every((one) => workers.every((other) => areOne(one, other))))
    return [{ name, status: 'ok', found: [...apps.keys()].sort().join(' and ') }];
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

type NamedMember = FleetMember & { readonly app: string };

/** One of the two may know more jobs than the other. Workers that share no queue run no job of each other. */
function areOne(one: NamedMember, other: NamedMember): boolean {
  const share = one.queues.some(({ name }) => other.queues.some((served) => served.name === name));
  const knows = (member: NamedMember, all: NamedMember): boolean => {
    const kinds = member.jobs.map((name) => (share ? { name } : { name, queue: '' }));
    return kinds.length > 0 && kinshipOf({ ...member, kinds }, all) === 'one application';
  };
  return one.app === other.app || knows(one, other) || knows(other, one);
}
