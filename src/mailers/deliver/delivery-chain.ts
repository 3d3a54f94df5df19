import { Inject, Injectable } from '@nestjs/common';
import { JobEvents } from '../../jobs/index.js';
import { composeMiddleware, Provided, type Middleware } from '../../jobs/internals.js';
import { Delivery } from './delivery.js';
import { MailVetoed } from './delivery-outcomes.js';
import type { MailMiddleware } from '../mail/mail-middleware.js';
import type { MailReceipt } from '../mail/mail-transport.js';
import { MAILERS_OPTIONS, type MailersOptions } from '../options/mailers-options.js';

/** One delivery's way through the middleware. */
interface Passage {
  readonly delivery: Delivery;
  readonly send: (delivery: Delivery) => Promise<MailReceipt>;
  /** Who has it now. */
  holder: string;
  /** Once it was handed to its transport. */
  sending?: Promise<MailReceipt>;
}

/** The middleware around deliveries. */
@Injectable()
export class DeliveryChain {
  private loaded?: Promise<(passage: Passage) => Promise<MailReceipt>>;

  constructor(
    @Inject(MAILERS_OPTIONS) private readonly options: MailersOptions,
    private readonly provided: Provided,
    private readonly events: JobEvents,
  ) {}

  /** @throws FledgeError `FLEDGE_MIDDLEWARE_UNAVAILABLE` */
  async check(): Promise<void> {
    await this.load();
  }

  /** @throws MailVetoed when it was not sent; what `send` and the middleware throw */
  async run(delivery: Delivery, send: Passage['send']): Promise<MailReceipt> {
    const passage: Passage = { delivery, send, holder: '' };
    const handle = await this.load();
    try {
      await handle(passage);
    } finally {
      // A middleware may not have waited for it: no attempt ends, and is tried again, while its mail is on the way.
      await passage.sending?.catch(() => undefined);
    }
    // What became of the mail decides, not a middleware that has caught the error.
    if (passage.sending) return passage.sending;
    const { mailer, action, context } = delivery;
    const { id, name, queue } = context;
    this.events.emit({ type: 'mail-vetoed', id, name, queue, mailer, action, by: passage.holder });
    throw new MailVetoed(passage.holder, delivery.mail.messageId);
  }

  private load(): Promise<(passage: Passage) => Promise<MailReceipt>> {
    return (this.loaded ??= this.compose());
  }

  private async compose(): Promise<(passage: Passage) => Promise<MailReceipt>> {
    const entries = await Promise.all((this.options.middleware ?? []).map((entry) => this.instanceOf(entry)));
    const links = entries.map(linkOf);
    // Once in an attempt, however often a middleware calls `next()`.
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
    passage.holder = middleware.constructor.name;
    // What it returns is its own business: the receipt is that of the transport.
    await middleware.handle(passage.delivery, next);
    return passage.sending!;
  };
}
