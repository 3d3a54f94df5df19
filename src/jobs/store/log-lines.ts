const mostLines = 1_000;
/** In bytes. */
const mostBytes = 512 * 1024;

/** Bounds the log lines that one attempt adds to its job. */
export class LogLines {
  /** The sizes of the newest lines, in bytes. */
  private readonly sizes: number[] = [];
  private bytes = 0;
  private isFull = false;

  /** Returns how many of its newest lines the job keeps, with this one. */
  add(line: string): number {
    const size = Buffer.byteLength(line);
    this.sizes.push(size);
    this.bytes += size;
    while (this.sizes.length > 1 && (this.bytes > mostBytes || this.sizes.length > mostLines)) {
      this.bytes -= this.sizes.shift() ?? 0;
      this.isFull = true;
    }
    // Lines of earlier attempts stay until this attempt needs the space.
    return this.isFull ? this.sizes.length : mostLines;
  }
}
