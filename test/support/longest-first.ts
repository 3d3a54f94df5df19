import { BaseSequencer, type TestSpecification } from 'vitest/node';

/**
 * What takes more than ten seconds, about the longest first, and what computes beside what waits, so that the cores are
 * neither idle nor fought for. A file that is not here, or in another place, costs only time.
 */
const longest = [
  'consumers',
  'testing-consumers',
  'faults/worker',
  'e2e/reference-app',
  'faults/silent-worker',
  'e2e/worker-lifecycle',
  'faults/blocked-loop',
  'integration/fleet',
  'faults/kill',
  'integration/schedules',
  'package',
  'integration/schedules-redis',
  'e2e/worker-health',
  'integration/topologies',
  'integration/kit',
  'integration/inventory-redis',
  'e2e/kit-process',
  'e2e/worker-settings',
  'integration/failure',
  'faults/mail-once',
  'browser/mail-previews',
  'integration/mail-delivery',
  'faults/worker-trouble',
  'integration/doctor',
  'integration/doctor-command',
  'faults/restarts',
  'faults/enqueue',
  'e2e/worker-log',
  'e2e/demo',
  'e2e/postgres',
  'app/hundred',
];

/** Vitest's own order is that of the last run, or of the size of the files where there was none, as on a fresh checkout. */
export class LongestFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const others = await super.sort(files);
    const place = ({ moduleId }: TestSpecification): number => {
      const known = longest.findIndex((name) => moduleId.endsWith(`/test/${name}.test.ts`));
      return known < 0 ? longest.length : known;
    };
    return others.toSorted((one, other) => place(one) - place(other));
  }
}
