import { AsyncLocalStorage } from 'node:async_hooks';
import type { Attempt } from './attempt.js';

/**
 * The attempt that the running code belongs to, through awaits, timers and sockets: when nobody catches an exception, it
 * tells which job threw it.
 */
export const currentAttempt = new AsyncLocalStorage<Attempt>();
