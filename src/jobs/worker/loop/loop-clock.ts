/** What the main thread and its watchdog tell each other while one of them cannot listen: numbers in shared memory. */
export class LoopClock {
  private readonly cells: Int32Array;

  constructor(readonly memory = new SharedArrayBuffer(3 * Int32Array.BYTES_PER_ELEMENT)) {
    this.cells = new Int32Array(memory);
  }

  /** How often the main thread's loop has come round to say so. */
  get beats(): number {
    return Atomics.load(this.cells, 0);
  }

  beat(): void {
    Atomics.add(this.cells, 0, 1);
  }

  /**
   * Milliseconds that the watchdog was awake. A block during which it was not was none: the whole process was stopped,
   * or its machine slept.
   */
  get awake(): number {
    return Atomics.load(this.cells, 1);
  }

  passAwake(ms: number): void {
    Atomics.add(this.cells, 1, ms);
  }

  /** Somebody's debugger listens. The watchdog then pauses nothing: its resume would end that person's breakpoint. */
  get debugged(): boolean {
    return Atomics.load(this.cells, 2) === 1;
  }

  set debugged(debugged: boolean) {
    Atomics.store(this.cells, 2, debugged ? 1 : 0);
  }
}
