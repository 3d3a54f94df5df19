import type { JobFact } from './job-events.js';

/** The fields that every event of a mail delivery has. They never contain an address. */
export interface MailFact extends JobFact {
  readonly mailer: string;
  readonly action: string;
}

export type MailEvent =
  /** A server has accepted a mail for this number of recipients. `detail` is the server's response. */
  | (MailFact & {
      readonly type: 'mail-delivered';
      readonly transport: string;
      readonly recipients: number;
      readonly messageId: string;
      readonly detail: string;
    })
  /** A server has permanently rejected this number of recipients. */
  | (MailFact & {
      readonly type: 'mail-rejected';
      readonly transport: string;
      readonly recipients: number;
      readonly response: string;
    })
  /** Middleware kept a mail from being sent. */
  | (MailFact & { readonly type: 'mail-vetoed'; readonly by: string })
  /** A transport cannot send any mail until its configuration is fixed. Emitted once per cause, until a mail is sent again. */
  | {
      readonly type: 'mail-transport-broken';
      readonly transport: string;
      readonly fault: string;
      readonly message: string;
    }
  /** A transport that was broken sends mail again. */
  | { readonly type: 'mail-transport-works'; readonly transport: string }
  /** The application listens, and has pages that show its mails. */
  | { readonly type: 'mail-previews-listening'; readonly url: string };
