import { BaseSequencer, type TestSpecification } from 'vitest/node';

/**
 * Files that take more than ten seconds, roughly the longest first. Files that need the CPU alternate with files that
 * wait, so that the cores are neither idle nor overloaded. A wrong or missing entry costs only time.
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

/** Vitest orders files by the last run, or by size after a fresh checkout. */
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
