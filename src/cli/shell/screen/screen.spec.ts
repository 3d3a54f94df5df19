import { describe, expect, it } from 'vitest';
import type { LiveTerminal, Size, TerminalListener } from '../output.js';
import { cutLine } from './cut-line.js';
import { onScreen, type Screen } from './screen.js';

const enter = '\u001b[?1049h\u001b[?25l';
const leave = '\u001b[?25h\u001b[?1049l';

class FakeTerminal implements LiveTerminal {
  text = '';
  suspensions = 0;
  readonly hasKeys = true;
  current: Size = { width: 20, height: 3 };
  listener: TerminalListener | undefined;

  readonly write = (text: string): void => void (this.text += text);
  readonly size = (): Size => this.current;
  readonly suspend = (): void => void (this.suspensions += 1);
  readonly listen = (listener: TerminalListener): (() => void) => {
    this.listener = listener;
    return () => (this.listener = undefined);
  };

  /** What was written since the last call. */
  take(): string {
    const { text } = this;
    this.text = '';
    return text;
  }
}

function using(
  use: (screen: Screen, terminal: FakeTerminal) => Promise<void> | void,
): [FakeTerminal, Promise<void>] {
  const terminal = new FakeTerminal();
  return [terminal, onScreen(terminal, true, async (screen) => use(screen, terminal))];
}

describe('a screen', () => {
  it('draws lines in colours, and as many as fit', async () => {
    const [terminal, done] = using((screen, drawn) => {
      drawn.take();
      screen.show(() => ['one', [{ text: 'two', colour: 'red' }, '\u001b[2J'], 'three', 'four']);
      expect(drawn.take()).toBe(
        '\u001b[Hone\u001b[K\r\n\u001b[31mtwo\u001b[39m\\u001b[2J\u001b[K\r\nthree\u001b[K\u001b[J',
      );
    });
    await done;
    expect(terminal.take()).toBe(leave);
    expect(terminal.listener).toBeUndefined();
  });

  it('restores the terminal after an error', async () => {
    const [terminal, done] = using(() => {
      throw new Error('a bug');
    });
    await expect(done).rejects.toThrow('a bug');
    expect(terminal.text.startsWith(enter)).toBe(true);
    expect(terminal.text.endsWith(leave)).toBe(true);
  });

  it.each([
    ['q', true],
    ['Q', true],
    ['\u0003', true],
    ['\u0004', true],
    ['abcq', true],
    ['a', false],
    ['\u001b[A', false],
    // The keypad sends this in place of q.
    ['\u001bOq', false],
  ])('key %j ends the command: %s', async (key, ends) => {
    const [, done] = using(({ ended }, terminal) => {
      terminal.listener?.key(key);
      expect(ended.aborted).toBe(ends);
    });
    await done;
  });

  it('ends at a signal, and draws again after a resize', async () => {
    const [, done] = using((screen, terminal) => {
      screen.show(({ width }) => [`${width} columns`]);
      terminal.take();
      terminal.current = { width: 9, height: 1 };
      terminal.listener?.resized();
      expect(terminal.take()).toBe('\u001b[2J\u001b[H9 columns\u001b[K\u001b[J');
      terminal.listener?.ending();
      expect(screen.ended.aborted).toBe(true);
    });
    await done;
  });

  it('leaves the screen for a suspension, draws nothing until it ends, and comes back', async () => {
    const [, done] = using((screen, terminal) => {
      screen.show(() => ['text']);
      terminal.take();
      terminal.listener?.key('\u001a');
      screen.show(() => ['more']);
      expect([terminal.take(), terminal.suspensions]).toEqual([leave, 1]);
      terminal.listener?.continued();
      expect(terminal.take()).toBe(`${enter}\u001b[2J\u001b[Hmore\u001b[K\u001b[J`);
    });
    await done;
  });

  it('restores the terminal once when the process crashes', async () => {
    const [terminal, done] = using((_, { listener }) => {
      listener?.crashing();
      listener?.crashing();
    });
    await done;
    expect(terminal.text.split(leave)).toHaveLength(2);
  });
});

describe('a line', () => {
  it.each([
    ['abcdef', 6, 'abcdef'],
    ['abcdef', 4, 'abc…'],
    ['漢字漢字', 5, '漢字…'],
    ['a\u001b[m', 20, 'a\\u001b[m'],
    [['ab', { text: 'cd' }, 'ef'], 4, 'abcd'],
    [['ab', { text: 'cd' }, 'ef'], 3, 'ab…'],
  ] as const)('%j is cut to %d columns', (line, width, expected) => {
    const cut = cutLine(line, width);
    const text =
      typeof cut === 'string'
        ? cut
        : cut.map((part) => (typeof part === 'string' ? part : part.text)).join('');
    expect(text).toBe(expected);
  });
});
