import { createJobsClient, job } from 'nestjs-fledge/client';
import type { NoteJob } from './note.job.js';

const jobs = createJobsClient({ jobs: { NoteJob: job<NoteJob>() } });

/** A script outside of Nest. `import type` leaves nothing of the job's file in the compiled script. */
async function enqueue(note: string): Promise<void> {
  const { status } = await jobs.enqueue('NoteJob', { note });
  await jobs.close();
  console.log(status);
}

/** Never called. The compiler checks payloads with the type of the class. */
export const misspelled = (): Promise<unknown> =>
  // @ts-expect-error The job has no field with this name.
  jobs.enqueue('NoteJob', { nota: 'x' });

void enqueue(process.argv[2] ?? '');
