import type { ParsedAddress } from '../mail/address.js';
import { addressFilter } from './address-filter.js';
import type { MailMiddleware, OutgoingDelivery } from '../mail/mail-middleware.js';
import type { MailReceipt } from '../mail/mail-transport.js';

/**
 * Makes a middleware that removes all other recipients. If no recipient is left, the mail is vetoed.
 *
 * @param allowed addresses, or domains such as `'@acme.test'`
 * @example MailersModule.forRoot({ middleware: [allowOnly(['@acme.test', 'qa@partner.test'])] })
 * @throws FledgeError `FLEDGE_OPTION_INVALID`
 */
export function allowOnly(allowed: readonly string[]): MailMiddleware {
  return new AllowOnly(addressFilter(allowed, 'allowOnly'));
}

class AllowOnly implements MailMiddleware {
  constructor(private readonly isAllowed: (address: ParsedAddress) => boolean) {}

  async handle(
    delivery: OutgoingDelivery,
    next: () => Promise<MailReceipt>,
  ): Promise<MailReceipt | undefined> {
    const { mail, context } = delivery;
    const all = [...mail.to, ...mail.cc, ...mail.bcc];
    const allowed = all.filter(this.isAllowed);
    if (allowed.length === 0) return undefined;
    if (allowed.length < all.length) {
      const of = (addresses: readonly ParsedAddress[]): ParsedAddress[] => addresses.filter(this.isAllowed);
      delivery.mail = { ...mail, to: of(mail.to), cc: of(mail.cc), bcc: of(mail.bcc) };
      context.logger.warn(
        `allowOnly removed ${all.length - allowed.length} of ${all.length} recipients of ${delivery.mailer}.${delivery.action}`,
      );
    }
    return next();
  }
}
