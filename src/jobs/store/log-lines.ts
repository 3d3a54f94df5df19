const mostLines = 1_000;
/** In bytes. */
const mostBytes = 512 * 1024;

/** Bounds the log lines of one job. */
export class LogLines {
  /** The sizes of the newest lines, in bytes. */
  private readonly sizes: number[] = [];
  private bytes = 0;
  private isFull = false;

  /** @param earlier the lines of earlier attempts, which count as well */
  constructor(earlier: readonly string[] = []) {
    for (const line of earlier) this.add(line);
  }

  /** Returns how many of its newest lines the job keeps, with this one. */
  add(line: string): number {
    const size = Buffer.byteLength(line);
    this.sizes.push(size);
    this.bytes += size;
    while (this.sizes.length > 1 && (this.bytes > mostBytes || this.sizes.length > mostLines)) {
      this.bytes -= this.sizes.shift() ?? 0;
      this.isFull = true;
    }
    return this.isFull ? this.sizes.length : mostLines;
  }
}
