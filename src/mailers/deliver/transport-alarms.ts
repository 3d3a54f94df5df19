import { Injectable } from '@nestjs/common';
import { JobEvents } from '../../jobs/index.js';
import type { TransportFault } from './delivery-trouble.js';

/** So long nobody tries again what was refused just now: a server locks accounts after many wrong logins. */
const restFor = 3_000;

interface Alarm {
  readonly message: string;
  readonly told: Set<TransportFault>;
  /** When a mail tried it last, by the monotonic clock. */
  triedAt: number;
}

/** Tells of a transport that nobody can send with: once for each cause, and when it is over. */
@Injectable()
export class TransportAlarms {
  private readonly alarms = new Map<string, Alarm>();

  constructor(private readonly events: JobEvents) {}

  /** What is wrong with it; undefined for the one mail in a while that may try. */
  keepsBack(transport: string): string | undefined {
    const alarm = this.alarms.get(transport);
    const now = performance.now();
    if (!alarm || now - alarm.triedAt >= restFor) {
      if (alarm) alarm.triedAt = now;
      return undefined;
    }
    return alarm.message;
  }

  raise(transport: string, fault: TransportFault, message: string): void {
    const told = this.alarms.get(transport)?.told ?? new Set();
    this.alarms.set(transport, { message, told, triedAt: performance.now() });
    if (told.has(fault)) return;
    told.add(fault);
    this.events.emit({ type: 'mail-transport-broken', transport, fault, message });
  }

  /** A mail went out. */
  clear(transport: string): void {
    if (this.alarms.delete(transport)) this.events.emit({ type: 'mail-transport-works', transport });
  }
}
