import { paintLines, type Line, type LiveTerminal, type Size } from '../output.js';

/** The other screen of a terminal, without a cursor. The usual one, with the lines before, comes back at the end. */
const enter = '\u001b[?1049h\u001b[?25l';
const leave = '\u001b[?25h\u001b[?1049l';
const clear = '\u001b[2J';
const home = '\u001b[H';
const clearRest = '\u001b[K';
const clearBelow = '\u001b[J';

/** q, Ctrl-C and Ctrl-D. */
const quitting = ['q', 'Q', '\u0003', '\u0004'];
const suspending = '\u001a';

/** A whole screen of a terminal, which a command draws again and again. */
export interface Screen {
  /** Aborts when a key or a signal ends the command. */
  readonly ended: AbortSignal;
  /** Draws the lines of `frame`, now and whenever the size changes. */
  show(frame: (size: Size) => readonly Line[]): void;
}

/**
 * Takes over the whole terminal while `use` runs. The terminal is as before when this returns, also after an error.
 *
 * @throws what `use` throws
 */
export async function onScreen<Result>(
  terminal: LiveTerminal,
  colours: boolean,
  use: (screen: Screen) => Promise<Result>,
): Promise<Result> {
  const screen = new TerminalScreen(terminal, colours);
  screen.open();
  try {
    return await use(screen);
  } finally {
    screen.close();
  }
}

class TerminalScreen implements Screen {
  private readonly ending = new AbortController();
  private frame: (size: Size) => readonly Line[] = () => [];
  private isOpen = false;
  private ignore: () => void = () => undefined;

  constructor(
    private readonly terminal: LiveTerminal,
    private readonly colours: boolean,
  ) {}

  get ended(): AbortSignal {
    return this.ending.signal;
  }

  open(): void {
    this.enter();
    this.ignore = this.terminal.listen({
      key: (text) => this.onKeys(text),
      resized: () => this.drawAnew(),
      continued: () => this.enter(),
      ending: () => this.ending.abort(),
      crashing: () => this.leave(),
    });
  }

  close(): void {
    this.ignore();
    this.leave();
  }

  show(frame: (size: Size) => readonly Line[]): void {
    this.frame = frame;
    this.draw();
  }

  private onKeys(text: string): void {
    // Several keys may come together, but a special key begins with Escape.
    const keys = text.startsWith('\u001b') ? [] : Array.from(text);
    if (keys.some((key) => quitting.includes(key))) this.ending.abort();
    else if (keys.includes(suspending)) {
      this.leave();
      this.terminal.suspend();
    }
  }

  private enter(): void {
    if (!this.isOpen) this.terminal.write(enter);
    this.isOpen = true;
    this.drawAnew();
  }

  private leave(): void {
    if (!this.isOpen) return;
    this.isOpen = false;
    this.terminal.write(leave);
  }

  /** The terminal may have moved the lines of the last drawing. */
  private drawAnew(): void {
    if (!this.isOpen) return;
    this.terminal.write(clear);
    this.draw();
  }

  private draw(): void {
    if (!this.isOpen) return;
    const size = this.terminal.size();
    const lines = paintLines(this.frame(size).slice(0, size.height), this.colours);
    this.terminal.write(home + lines.map((line) => line + clearRest).join('\r\n') + clearBelow);
  }
}
