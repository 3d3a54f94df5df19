/** An idle worker asks every five to ten seconds; one that has been silent for so long is replaced. Milliseconds. */
const longestSilence = 30_000;
/** And one that has been silent for so long is not alive, as far as anybody can see. */
const suspectSilence = 20_000;

/** What is seen of a BullMQ worker's asking for jobs. */
export interface Fetching {
  /** When it last asked; at first, when it was made. Milliseconds since 1970. */
  readonly lastFetchAt: number;
  readonly fetches: number;
}

/** Knows how long a processor has been silent that should ask for jobs, over all of its workers. */
export class FetchWatch {
  private lastSeenAt: number;
  private excusedAt: number;
  /** A replacement that has asked but once, at its start, has not shown yet that it goes on. */
  private onProbation = false;

  constructor(now: number) {
    this.lastSeenAt = now;
    this.excusedAt = now;
  }

  /** It has no need to ask: all slots are taken, it is quiet, or the store is away. */
  excuse(now: number): void {
    this.excusedAt = now;
  }

  /** @returns for how long it has been silent, if that is long enough to replace its worker; otherwise 0 */
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

  /** Milliseconds for which it should have asked and has not; 0 while that is nothing unusual. */
  silentFor(now: number): number {
    const silentFor = now - Math.max(this.lastSeenAt, this.excusedAt);
    return silentFor >= suspectSilence ? silentFor : 0;
  }
}
