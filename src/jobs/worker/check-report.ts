import type { INestApplicationContext } from '@nestjs/common';
import { BootChecks } from '../observe/boot-checks.js';
import { JobRegistry } from '../discovery/registry.js';
import { kindsOf } from '../fleet/unserved.js';
import { Store } from '../store/store.js';
import { printable } from '../values/printable.js';
import { version } from './lifecycle/version.js';
import { within } from '../values/deadline.js';
import type { WorkerSettings } from './settings/settings.js';
import { shownStore } from './startup-report.js';
import { stopTimeoutWarning } from './stop-timeout.js';

/** How long `--check` waits for a store that does not answer, in milliseconds. */
const patience = 10_000;

/**
 * Returns the report that `--check` prints once the settings are valid and the store has answered.
 * @throws FledgeError `FLEDGE_STORE_…` when the store does not answer, `FLEDGE_EVICTION_POLICY`, `FLEDGE_REDIS_VERSION`
 */
export async function checkPlan(app: INestApplicationContext, settings: WorkerSettings): Promise<string> {
  const store = app.get(Store, { strict: false });
  const checks = app.get(BootChecks, { strict: false });
  const safe = checks.requireSafeStore();
  safe.catch(() => undefined);
  const answered = await within(
    patience,
    safe.catch(() => undefined),
  );
  // Throws with the code of the store's problem. A store that answers only now is fine.
  const roundTrip = await store.ping();
  if (answered) await safe;
  const jobs = app.get(JobRegistry, { strict: false }).definitions();
  const warnings = [...settings.suspicions, stopTimeoutWarning(settings) ?? []].flat();
  const rows: (readonly [string, string])[] = [
    ['fledge', version],
    ['store', `${shownStore(store)}, answers in ${roundTrip.toFixed(1)} ms`],
    ...settings.shown.map(({ name, value }) => [name, value] as const),
    [
      'jobs',
      jobs
        .flatMap(kindsOf)
        .map(({ name, queue }) => `${name} → ${queue}`)
        .toSorted()
        .join(', ') || 'none',
    ],
    ...warnings.map((text) => ['warning', text] as const),
  ];
  const width = Math.max(...rows.map(([name]) => name.length)) + 2;
  return [
    ...rows.map(([name, value]) => `${name.padEnd(width)}${printable(value)}`),
    'The worker can start.',
  ].join('\n');
}
