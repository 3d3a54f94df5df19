/** A promise that is resolved from outside. */
export class Latch {
  private resolve: () => void = () => undefined;
  isOpen = false;
  readonly opened = new Promise<void>((resolve) => (this.resolve = resolve));

  open(): void {
    this.isOpen = true;
    this.resolve();
  }
}
