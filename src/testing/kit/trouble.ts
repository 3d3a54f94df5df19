import type { Type } from '@nestjs/common';
import type { AbortReason, Attempt } from '../../jobs/store/attempt.js';
import { isObject, isText } from '../../jobs/values/readers.js';
import { deliveryOf, type Delivery } from '../records/delivery.js';
import type { SoFar } from '../records/recorded.js';

/** Selects the mails of one action. */
export interface MailTarget {
  /** One of the actions of the mailer. @default all of its actions */
  readonly action?: string;
}

export interface StopOptions extends MailTarget {
  /**
   * Returns true at the moment of the failure. It is called each time that the job logs, reports progress or notes
   * (`context.log`, `progress`, `note`), enqueues a job or sends a mail.
   * @default when `perform` begins
   */
  readonly when?: (soFar: SoFar) => boolean;
}

type MailName = Pick<Delivery, 'mailer' | 'action'>;

type Planned =
  | ({ readonly kind: 'abort'; readonly reason: AbortReason } & StopOptions)
  | ({ readonly kind: 'crash' | 'unknown' } & MailTarget);

/**
 * Simulates failures. Each call affects the next attempt at a job of the class, once. For the next delivery of a mail, pass its mailer:
 * `trouble.unknown(UserMailer, { action: 'welcome' })`.
 */
export class Trouble {
  private readonly planned = new Map<string, Planned[]>();

  /** @param keyOf returns the name of a job class, or the name of a mailer with the action */
  constructor(
    private readonly keyOf: (target: Type<object>, action: string | undefined) => string,
    private readonly store: { isDown: boolean },
  ) {}

  /**
   * Stops the worker while the job runs. Its `signal` aborts with the reason `shutdown`. A job that respects the signal goes back to
   * its queue, and no attempt is used.
   */
  stop(target: Type<object>, options: StopOptions = {}): void {
    this.plan(target, { kind: 'abort', reason: 'shutdown', ...options });
  }

  /** Ends the job's `timeout` without waiting for it. The attempt fails if the job respects its signal. */
  timeout(target: Type<object>, options: StopOptions = {}): void {
    this.plan(target, { kind: 'abort', reason: 'timeout', ...options });
  }

  /** Cancels the job while it runs. */
  cancel(target: Type<object>, options: StopOptions = {}): void {
    this.plan(target, { kind: 'abort', reason: 'cancel', ...options });
  }

  /** Makes the worker lose its lock on the job. The `signal` aborts with the reason `lease`, and the job's outcome is not stored. */
  loseLock(target: Type<object>, options: StopOptions = {}): void {
    this.plan(target, { kind: 'abort', reason: 'lease', ...options });
  }

  /** Kills the process after `perform`, before the acknowledgement. The job runs again, so this tests whether it is idempotent. */
  crash(target: Type<object>, options: MailTarget = {}): void {
    this.plan(target, { kind: 'crash', ...options });
  }

  /** Simulates a rolling deploy: a worker of an older release gets the job and does not know its class. */
  unknown(target: Type<object>, options: MailTarget = {}): void {
    this.plan(target, { kind: 'unknown', ...options });
  }

  /** Makes the store unreachable until `storeUp()`. Enqueues fail with `FLEDGE_STORE_UNREACHABLE`. */
  storeDown(): void {
    this.store.isDown = true;
  }

  /** Makes the store reachable again. */
  storeUp(): void {
    this.store.isDown = false;
  }

  /** Returns the planned failure of this attempt, and removes it. For the kit. */
  take({ job: { name, data } }: Attempt): Planned | undefined {
    const mail = isObject(data) ? mailOf(name, data) : undefined;
    const keys = mail ? [mailKey(mail.mailer, mail.action), mailKey(mail.mailer)] : [name];
    const key = keys.find((candidate) => this.planned.get(candidate)?.length);
    return key === undefined ? undefined : this.planned.get(key)?.shift();
  }

  /** Removes all planned failures, and makes the store reachable again. */
  clear(): void {
    this.planned.clear();
    this.storeUp();
  }

  private plan(target: Type<object>, trouble: Planned): void {
    const key = this.keyOf(target, trouble.action);
    const queue = this.planned.get(key) ?? [];
    this.planned.set(key, [...queue, trouble]);
  }
}

/** Middleware may have encrypted the payload. Then only the envelope's subject names the mail. */
function mailOf(name: string, { payload, subject }: Readonly<Record<string, unknown>>): MailName | undefined {
  const mail = deliveryOf({ name, payload });
  if (mail || !isText(subject)) return mail;
  const dot = subject.lastIndexOf('.');
  return { mailer: subject.slice(0, dot), action: subject.slice(dot + 1) };
}

/** The key of the failures of a mailer's mails. */
export function mailKey(mailer: string, action?: string): string {
  return action === undefined ? `mail ${mailer}` : `mail ${mailer}.${action}`;
}
