import { onTestFinished, vi } from 'vitest';

/** Captures what this process writes to stdout and stderr until the test ends. It is not printed. */
export function captureOutput(): { take: () => string } {
  let written = '';
  const spies = [process.stdout, process.stderr].map((stream) =>
    vi.spyOn(stream, 'write').mockImplementation((text) => {
      written += String(text);
      return true;
    }),
  );
  onTestFinished(() => spies.forEach((spy) => spy.mockRestore()));
  const take = (): string => {
    const taken = written;
    written = '';
    return taken;
  };
  return { take };
}
