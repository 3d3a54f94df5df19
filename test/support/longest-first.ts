import { BaseSequencer, type TestSpecification } from 'vitest/node';

/** What takes more than ten seconds, longest first. One that is not there, or in another place, costs only time. */
const longest = [
  'e2e/reference-app',
  'e2e/worker-lifecycle',
  'consumers',
  'faults/worker',
  'faults/silent-worker',
  'integration/fleet',
  'faults/blocked-loop',
  'faults/kill',
  'integration/schedules',
  'integration/schedules-redis',
  'integration/topologies',
  'package',
  'e2e/worker-health',
  'e2e/worker-settings',
  'faults/mail-once',
  'faults/worker-trouble',
  'integration/doctor-command',
  'integration/failure',
  'browser/mail-previews',
  'integration/mail-delivery',
  'integration/doctor',
  'faults/restarts',
  'faults/enqueue',
  'e2e/worker-log',
  'e2e/demo',
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
