import { describe, expect, it } from 'vitest';
import { stopTimes } from '../src/stop-times.js';

describe('stopTimes', () => {
  it('returns the default of ECS for a worker of 25 s', () => {
    expect(stopTimes({})).toEqual({ shutdownTimeout: 25, stopTimeout: 30 });
  });

  it('leaves 5 s between the stop and the kill', () => {
    expect(stopTimes({ shutdownTimeout: 90 })).toEqual({ shutdownTimeout: 90, stopTimeout: 95 });
    expect(stopTimes({ shutdownTimeout: 115 }).stopTimeout).toBe(120);
    expect(() => stopTimes({ shutdownTimeout: 25, stopTimeout: 29 })).toThrow(/at least 30 s/);
  });

  it.each([{ stopTimeout: 121 }, { shutdownTimeout: 116 }, { stopTimeout: 300 }])(
    'refuses %o, because Fargate does',
    (times) => {
      expect(() => stopTimes(times)).toThrow(/no more than 120 s/);
    },
  );

  it.each([{ shutdownTimeout: 0 }, { shutdownTimeout: 2.5 }, { stopTimeout: Number.NaN }])(
    'refuses %o',
    (times) => {
      expect(() => stopTimes(times)).toThrow(/whole number of seconds/);
    },
  );
});
