import { parseAddress, type MailAddress, type ParsedAddress } from '../mail/address.js';
import { addressFilter } from './address-filter.js';
import type { MailMiddleware, OutgoingDelivery } from '../mail/mail-middleware.js';
import type { MailReceipt } from '../mail/mail-transport.js';
import { fieldLimits } from '../mail/field-limits.js';
import { refusing, type OutgoingMail } from '../mail/outgoing-mail.js';

export interface RedirectOptions {
  /** Who gets their mails anyway: addresses, or domains as `'@acme.test'`. @default [] */
  readonly keep?: readonly string[];
}

/**
 * Middleware that sends every mail to one address: for staging. Whom it was meant for is in its headers `X-Original-To`,
 * `X-Original-Cc` and `X-Original-Bcc`.
 *
 * @example MailersModule.forRoot({ middleware: [redirectAll('staging@acme.test', { keep: ['@acme.test'] })] })
 * @throws FledgeError `FLEDGE_MAIL_INVALID`, `FLEDGE_OPTION_INVALID`
 */
export function redirectAll(to: MailAddress, { keep = [] }: RedirectOptions = {}): MailMiddleware {
  return new RedirectAll(parseAddress(to, 'redirectAll', refusing('What redirectAll is given')), keep);
}

/** In a header's value, for the number of addresses that are left out. */
const roomForCount = 20;

class RedirectAll implements MailMiddleware {
  private readonly isKept: (address: ParsedAddress) => boolean;

  constructor(
    private readonly target: ParsedAddress,
    keep: readonly string[],
  ) {
    this.isKept = addressFilter(keep, 'redirectAll: keep');
  }

  async handle(delivery: OutgoingDelivery, next: () => Promise<MailReceipt>): Promise<MailReceipt> {
    const { mail } = delivery;
    const isMeant = (address: ParsedAddress): boolean =>
      this.isKept(address) || address.address === this.target.address;
    if (![...mail.to, ...mail.cc, ...mail.bcc].every(isMeant)) delivery.mail = this.redirected(mail, isMeant);
    return next();
  }

  private redirected(mail: OutgoingMail, isMeant: (address: ParsedAddress) => boolean): OutgoingMail {
    const { to, cc, bcc } = mail;
    return {
      ...mail,
      to: [...to.filter(isMeant), ...(to.some(sameAs(this.target)) ? [] : [this.target])],
      cc: cc.filter(isMeant),
      bcc: bcc.filter(isMeant),
      headers: {
        ...mail.headers,
        ...original('To', to),
        ...original('Cc', cc),
        ...original('Bcc', bcc),
      },
    };
  }
}

function sameAs({ address }: ParsedAddress): (other: ParsedAddress) => boolean {
  return (other) => other.address === address;
}

/** Addresses alone: a name may hold whatever a user has typed. As many as a header may have, and the number of the others. */
function original(field: string, addresses: readonly ParsedAddress[]): Record<string, string> {
  if (addresses.length === 0) return {};
  let value = '';
  for (const [i, { address }] of addresses.entries()) {
    const longer = i === 0 ? address : `${value}, ${address}`;
    if (longer.length > fieldLimits.headerValue - roomForCount) {
      value += `, and ${addresses.length - i} more`;
      break;
    }
    value = longer;
  }
  return { [`X-Original-${field}`]: value };
}
