/** After this silence, in milliseconds, a worker is replaced. An idle worker fetches every five to ten seconds. */
const longestSilence = 30_000;
/** After this silence, in milliseconds, a worker is reported as silent. */
const suspectSilence = 20_000;

/** The fetches of one BullMQ worker. */
export interface Fetching {
  /** When it last fetched, or when it was created, in milliseconds since 1970. */
  readonly lastFetchAt: number;
  readonly fetches: number;
}

/** Measures for how long a processor should have fetched jobs and has not, across all of its workers. */
export class FetchWatch {
  private lastSeenAt: number;
  private excusedAt: number;
  /** True while a replacement has fetched only once, at its start. That does not show yet that it continues. */
  private onProbation = false;

  constructor(now: number) {
    this.lastSeenAt = now;
    this.excusedAt = now;
  }

  /** Call it while the processor has no reason to fetch: its slots are in use, it is quiet, or the store is down. */
  excuse(now: number): void {
    this.excusedAt = now;
  }

  /** Returns how long the worker has been silent, in milliseconds, if it must be replaced. Otherwise returns 0. */
  look({ lastFetchAt, fetches }: Fetching, now: number): number {
    if (fetches >= (this.onProbation ? 2 : 1)) {
      this.onProbation = false;
      this.lastSeenAt = Math.max(this.lastSeenAt, lastFetchAt);
    }
    const silentFor = now - Math.max(lastFetchAt, this.excusedAt);
    if (silentFor < longestSilence) return 0;
    this.onProbation = true;
    return silentFor;
  }

  /** Returns how long the processor has been silent, in milliseconds. Returns 0 while the silence is usual. */
  silentFor(now: number): number {
    const silentFor = now - Math.max(this.lastSeenAt, this.excusedAt);
    return silentFor >= suspectSilence ? silentFor : 0;
  }
}
