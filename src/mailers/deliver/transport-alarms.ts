import { Injectable } from '@nestjs/common';
import { JobEvents } from '../../jobs/index.js';
import type { TransportFault } from './delivery-failure.js';

/** How long mails wait after a failed attempt before one of them tries again, in milliseconds. Servers lock accounts after many wrong logins. */
const pauseTime = 3_000;

interface Alarm {
  readonly message: string;
  readonly reported: Set<TransportFault>;
  /** When a mail last tried the transport, by the monotonic clock. */
  triedAt: number;
}

/** Emits an event for a transport that cannot send, once for each cause, and another event when it works again. */
@Injectable()
export class TransportAlarms {
  private readonly alarms = new Map<string, Alarm>();

  constructor(private readonly events: JobEvents) {}

  /** Returns the problem of a transport that no mail may try now. Undefined: this mail may try, and the next ones wait. */
  problemToWaitFor(transport: string): string | undefined {
    const alarm = this.alarms.get(transport);
    const now = performance.now();
    if (!alarm || now - alarm.triedAt >= pauseTime) {
      if (alarm) alarm.triedAt = now;
      return undefined;
    }
    return alarm.message;
  }

  /** Reports that a transport cannot send. */
  raise(transport: string, fault: TransportFault, message: string): void {
    const reported = this.alarms.get(transport)?.reported ?? new Set();
    this.alarms.set(transport, { message, reported, triedAt: performance.now() });
    if (reported.has(fault)) return;
    reported.add(fault);
    this.events.emit({ type: 'mail-transport-broken', transport, fault, message });
  }

  /** Reports that a transport sent a mail. */
  clear(transport: string): void {
    if (this.alarms.delete(transport)) this.events.emit({ type: 'mail-transport-works', transport });
  }
}
