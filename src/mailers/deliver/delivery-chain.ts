import { JobEvents } from '../../jobs/index.js';
import { composeMiddleware, Provided, type Middleware } from '../../jobs/internals.js';
import { Delivery } from './delivery.js';
import { MailVetoed } from './delivery-outcomes.js';
import type { MailMiddleware } from '../mail/mail-middleware.js';
import type { MailReceipt } from '../mail/mail-transport.js';
import type { MailersOptions } from '../options/mailers-options.js';

/** A delivery while it passes through the middleware. */
interface Passage {
  readonly delivery: Delivery;
  readonly send: (delivery: Delivery) => Promise<MailReceipt>;
  /** The name of the middleware that was called last. */
  lastMiddleware: string;
  /** Set as soon as the mail is passed to its transport. */
  sending?: Promise<MailReceipt>;
}

/** Runs the middleware around deliveries. */
export class DeliveryChain {
  private loaded?: Promise<(passage: Passage) => Promise<MailReceipt>>;

  constructor(
    private readonly options: MailersOptions,
    private readonly provided: Provided,
    private readonly events: JobEvents,
  ) {}

  /**
   * Loads the middleware at boot.
   *
   * @throws FledgeError `FLEDGE_MIDDLEWARE_UNAVAILABLE`
   */
  async check(): Promise<void> {
    await this.load();
  }

  /**
   * Sends a delivery through the middleware.
   *
   * @throws MailVetoed if a middleware did not call `next()`; what `send` and the middleware throw
   */
  async run(delivery: Delivery, send: Passage['send']): Promise<MailReceipt> {
    const passage: Passage = { delivery, send, lastMiddleware: '' };
    const handle = await this.load();
    try {
      await handle(passage);
    } finally {
      // A middleware may not have waited for the sending. The attempt must not end before it, or the next attempt could send the mail twice.
      await passage.sending?.catch(() => undefined);
    }
    // The sending decides the outcome, even if a middleware caught its error.
    if (passage.sending) return passage.sending;
    const { mailer, action, context } = delivery;
    const { id, name, queue } = context;
    this.events.emit({ type: 'mail-vetoed', id, name, queue, mailer, action, by: passage.lastMiddleware });
    throw new MailVetoed(passage.lastMiddleware, delivery.mail.messageId);
  }

  private load(): Promise<(passage: Passage) => Promise<MailReceipt>> {
    return (this.loaded ??= this.compose());
  }

  private async compose(): Promise<(passage: Passage) => Promise<MailReceipt>> {
    const entries = await Promise.all((this.options.middleware ?? []).map((entry) => this.instanceOf(entry)));
    const links = entries.map(linkOf);
    // An attempt sends the mail once, however often a middleware calls `next()`.
    return composeMiddleware<Passage, MailReceipt>(
      links,
      (passage) => (passage.sending ??= passage.send(passage.delivery)),
    );
  }

  private async instanceOf(
    entry: NonNullable<MailersOptions['middleware']>[number],
  ): Promise<MailMiddleware> {
    if (typeof entry !== 'function') return entry;
    return this.provided.instanceOf(entry, 'mail middleware', 'FLEDGE_MIDDLEWARE_UNAVAILABLE');
  }
}

function linkOf(middleware: MailMiddleware): Middleware<Passage, MailReceipt> {
  return async (passage, next) => {
    passage.lastMiddleware = middleware.constructor.name;
    // The receipt comes from the transport, so the result of the middleware is ignored.
    await middleware.handle(passage.delivery, next);
    return passage.sending!;
  };
}
