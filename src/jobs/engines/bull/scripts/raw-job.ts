/** Where BullMQ keeps a job. */
export type Place = 'wait' | 'prioritized' | 'delayed' | 'active' | 'failed' | 'completed';

/** A job as the scripts read it: id, score where it has one, the fields of its hash, and why they could not be read. */
export type RawJob = readonly [
  id: string,
  score: string,
  fields: readonly (string | null)[],
  trouble?: string,
];
