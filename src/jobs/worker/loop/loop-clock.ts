/** Numbers in shared memory, through which the main thread and its watchdog communicate while one of them is blocked. */
export class LoopClock {
  private readonly cells: Int32Array;

  constructor(readonly memory = new SharedArrayBuffer(3 * Int32Array.BYTES_PER_ELEMENT)) {
    this.cells = new Int32Array(memory);
  }

  /** How many beats the main thread's event loop has made. */
  get beats(): number {
    return Atomics.load(this.cells, 0);
  }

  beat(): void {
    Atomics.add(this.cells, 0, 1);
  }

  /**
   * How long the watchdog has been awake, in milliseconds. If it was not awake during a block, the event loop was not
   * blocked: the whole process was stopped, or its machine slept.
   */
  get awake(): number {
    return Atomics.load(this.cells, 1);
  }

  passAwake(ms: number): void {
    Atomics.add(this.cells, 1, ms);
  }

  /**
   * True if a debugger is attached. The watchdog then does not pause the main thread, because resuming it would also leave
   * the developer's breakpoint.
   */
  get debugged(): boolean {
    return Atomics.load(this.cells, 2) === 1;
  }

  set debugged(debugged: boolean) {
    Atomics.store(this.cells, 2, debugged ? 1 : 0);
  }
}
