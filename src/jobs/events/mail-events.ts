import type { JobFact } from './job-events.js';

/** Of a job that delivers a mail. It holds no address. */
export interface MailFact extends JobFact {
  readonly mailer: string;
  readonly action: string;
}

export type MailEvent =
  /** A server has a mail, for so many recipients; `detail` is what it said. */
  | (MailFact & {
      readonly type: 'mail-delivered';
      readonly transport: string;
      readonly recipients: number;
      readonly messageId: string;
      readonly detail: string;
    })
  /** A server has refused so many of its recipients for good. */
  | (MailFact & {
      readonly type: 'mail-rejected';
      readonly transport: string;
      readonly recipients: number;
      readonly response: string;
    })
  /** Middleware kept it from being sent. */
  | (MailFact & { readonly type: 'mail-vetoed'; readonly by: string })
  /** No mail can go out there until somebody has seen to it: told once for each cause, until one goes out. */
  | {
      readonly type: 'mail-transport-broken';
      readonly transport: string;
      readonly fault: string;
      readonly message: string;
    }
  | { readonly type: 'mail-transport-works'; readonly transport: string };
