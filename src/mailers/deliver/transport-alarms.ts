import type { JobEvents } from '../../jobs/index.js';
import { isAccountFault, type AccountFault } from './refusal-codes.js';
import type { TransportFault } from './delivery-failure.js';

/** How long mails wait after a failed attempt before one of them tries again, in milliseconds. Servers lock accounts after many wrong logins. */
const pauseTime = 3_000;

/** The maximum number of transports and senders that are kept. Applications may send with the addresses of their users. */
const mostKeys = 1_000;

interface Alarm {
  readonly message: string;
  readonly reported: Set<TransportFault>;
  /** The job of the mail that was refused first. */
  readonly job: string;
  /** False until a second mail is refused, if the first refusal may have been about its mail only. */
  readonly holds: boolean;
  /** When a mail last tried the transport, by the monotonic clock. */
  triedAt: number;
}

/** A mail that a transport could not send. */
export interface UnsentMail {
  readonly transport: string;
  /** The address that the mail is from, because an account may be refused only some senders. */
  readonly sender: string;
  /** The id of its job. */
  readonly job: string;
}

/** Emits an event for a transport that cannot send, once for each cause, and another event when it works again. */
export class TransportAlarms {
  private readonly alarms = new Map<string, Alarm>();
  /** When this process last sent a mail, by transport and by sender, in milliseconds since 1970. */
  private readonly sentAt = new Map<string, number>();

  constructor(private readonly events: JobEvents) {}

  /** Returns the problem of a transport that no mail may try now. Undefined: this mail may try, and the next ones wait. */
  problemToWaitFor(transport: string, sender: string): string | undefined {
    const now = performance.now();
    const alarms = keysOf(transport, sender)
      .map((key) => this.alarms.get(key))
      .filter((alarm) => alarm?.holds);
    const held = alarms.find((alarm) => alarm && now - alarm.triedAt < pauseTime);
    if (held) return held.message;
    // Only a mail that tries uses up the turn of its alarms.
    for (const alarm of alarms) if (alarm) alarm.triedAt = now;
    return undefined;
  }

  /** Reports that a transport cannot send, or that it cannot send mails from this sender. */
  raise({ transport, sender, job }: UnsentMail, fault: TransportFault, message: string): void {
    const key = fault === 'sender' ? keyOf(transport, sender) : transport;
    const earlier = this.alarms.get(key);
    const reported = earlier?.reported ?? new Set();
    const holds = !isAccountFault(fault) || (earlier !== undefined && (earlier.holds || earlier.job !== job));
    keep(this.alarms, key, {
      message,
      reported,
      job: earlier?.job ?? job,
      holds,
      triedAt: performance.now(),
    });
    if (reported.has(fault)) return;
    reported.add(fault);
    this.events.emit({ type: 'mail-transport-broken', transport, fault, message });
  }

  /** Reports that a transport sent a mail from this sender. */
  clear(transport: string, sender: string): void {
    const keys = keysOf(transport, sender);
    for (const key of keys) keep(this.sentAt, key, Date.now());
    if (keys.filter((key) => this.alarms.delete(key)).length > 0)
      this.events.emit({ type: 'mail-transport-works', transport });
  }

  /** Returns whether this process has sent a mail since a time that would have been refused too if the account had this fault. */
  sentSince(time: number, { transport, sender }: UnsentMail, fault: AccountFault): boolean {
    const sentAt = this.sentAt.get(fault === 'sender' ? keyOf(transport, sender) : transport);
    return sentAt !== undefined && sentAt > time;
  }
}

/** Drops the oldest entry of a full map. */
function keep<Value>(map: Map<string, Value>, key: string, value: Value): void {
  map.delete(key);
  const [oldest] = map.keys();
  if (oldest !== undefined && map.size >= mostKeys) map.delete(oldest);
  map.set(key, value);
}

function keysOf(transport: string, sender: string): string[] {
  return [transport, keyOf(transport, sender)];
}

/** No name of a transport that a person writes has a line break. */
function keyOf(transport: string, sender: string): string {
  return `${transport}\n${sender}`;
}
