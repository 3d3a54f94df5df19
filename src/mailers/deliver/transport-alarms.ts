import type { JobEvents } from '../../jobs/index.js';
import type { TransportFault } from './delivery-failure.js';

/** How long mails wait after a failed attempt before one of them tries again, in milliseconds. Servers lock accounts after many wrong logins. */
const pauseTime = 3_000;

/** The maximum number of alarms that are kept. Applications may send with the addresses of their users. */
const mostAlarms = 1_000;

interface Alarm {
  readonly message: string;
  readonly reported: Set<TransportFault>;
  /** When a mail last tried the transport, by the monotonic clock. */
  triedAt: number;
}

/** Emits an event for a transport that cannot send, once for each cause, and another event when it works again. */
export class TransportAlarms {
  private readonly alarms = new Map<string, Alarm>();

  constructor(private readonly events: JobEvents) {}

  /**
   * Returns the problem of a transport that no mail may try now. Undefined: this mail may try, and the next ones wait.
   *
   * @param sender the address that the mail is from, because an account may be refused only some senders
   */
  problemToWaitFor(transport: string, sender: string): string | undefined {
    return this.problemOf(transport) ?? this.problemOf(keyOf(transport, sender));
  }

  private problemOf(key: string): string | undefined {
    const alarm = this.alarms.get(key);
    const now = performance.now();
    if (!alarm || now - alarm.triedAt >= pauseTime) {
      if (alarm) alarm.triedAt = now;
      return undefined;
    }
    return alarm.message;
  }

  /** Reports that a transport cannot send, or that it cannot send mails from this sender. */
  raise(
    { transport, sender }: { readonly transport: string; readonly sender: string },
    fault: TransportFault,
    message: string,
  ): void {
    const key = fault === 'sender' ? keyOf(transport, sender) : transport;
    const reported = this.alarms.get(key)?.reported ?? new Set();
    const [oldest] = this.alarms.keys();
    if (oldest !== undefined && this.alarms.size >= mostAlarms) this.alarms.delete(oldest);
    this.alarms.set(key, { message, reported, triedAt: performance.now() });
    if (reported.has(fault)) return;
    reported.add(fault);
    this.events.emit({ type: 'mail-transport-broken', transport, fault, message });
  }

  /** Reports that a transport sent a mail from this sender. */
  clear(transport: string, sender: string): void {
    const keys = [transport, keyOf(transport, sender)];
    if (keys.filter((key) => this.alarms.delete(key)).length > 0)
      this.events.emit({ type: 'mail-transport-works', transport });
  }
}

/** No name of a transport that a person writes has a line break. */
function keyOf(transport: string, sender: string): string {
  return `${transport}\n${sender}`;
}
