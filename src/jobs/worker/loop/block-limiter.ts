import { remindAfter } from '../../values/reminder-times.js';
import type { BlockedLoop } from '../../observe/words/blocked-loop-words.js';

interface Window {
  readonly endsAt: number;
  held?: BlockedLoop;
}

/**
 * Limits the reports about jobs that block the event loop repeatedly. The first block is reported at once, further ones once
 * a minute with their number and the longest. A block that comes closer to the end of the lock is always reported at once.
 */
export class BlockLimiter {
  private readonly windows = new Map<string, Window>();

  /** Returns the block if it should be reported now. Otherwise holds it back. */
  admit(block: BlockedLoop, now: number): BlockedLoop | undefined {
    const key = keyOf(block);
    const open = this.windows.get(key);
    if (!open) {
      this.windows.set(key, { endsAt: now + remindAfter });
      return block;
    }
    open.held = open.held ? together(open.held, block) : block;
    return undefined;
  }

  /** Returns the blocks that were held back and should be reported now. */
  due(now: number): BlockedLoop[] {
    const due: BlockedLoop[] = [];
    for (const [key, { endsAt, held }] of this.windows) {
      if (now < endsAt) continue;
      if (held) due.push(held);
      if (held) this.windows.set(key, { endsAt: now + remindAfter });
      else this.windows.delete(key);
    }
    return due;
  }
}

function keyOf({ jobs, duration, lockDuration }: BlockedLoop): string {
  const level = duration >= lockDuration ? 'over' : duration >= lockDuration / 3 ? 'near' : 'short';
  const names = new Set((jobs ?? []).map(({ name }) => name));
  return [level, ...[...names].sort()].join(' ');
}

function together(held: BlockedLoop, block: BlockedLoop): BlockedLoop {
  const longest = block.duration > held.duration ? block : held;
  return { ...longest, count: held.count + block.count };
}
