import { refuseUnknownOptions } from '../../jobs/internals.js';
import { parseAddress, type MailAddress, type ParsedAddress } from '../mail/address.js';
import { addressFilter } from './address-filter.js';
import type { MailMiddleware, OutgoingDelivery } from '../mail/mail-middleware.js';
import type { MailReceipt } from '../mail/mail-transport.js';
import { fieldLimits } from '../mail/field-limits.js';
import { refusing, type OutgoingMail } from '../mail/outgoing-mail.js';

export interface RedirectOptions {
  /** Recipients whose mail is not redirected: addresses, or domains such as `'@acme.test'`. @default [] */
  readonly keep?: readonly string[];
}

/**
 * Makes a middleware that sends every mail to one address, for staging. The original recipients are in the headers `X-Original-To`,
 * `X-Original-Cc` and `X-Original-Bcc`.
 *
 * @example MailersModule.forRoot({ middleware: [redirectAll('staging@acme.test', { keep: ['@acme.test'] })] })
 * @throws FledgeError `FLEDGE_MAIL_INVALID`, `FLEDGE_OPTION_INVALID`
 */
export function redirectAll(to: MailAddress, options: RedirectOptions = {}): MailMiddleware {
  refuseUnknownOptions(options, { keep: true } satisfies Record<keyof RedirectOptions, true>, 'redirectAll');
  const { keep = [] } = options;
  return new RedirectAll(parseAddress(to, 'redirectAll', refusing('A redirected mail')), keep);
}

/** Characters at the end of a header for the number of addresses that did not fit. */
const charactersForCount = 20;

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
    const keeps = (address: ParsedAddress): boolean =>
      this.isKept(address) || address.address === this.target.address;
    if (![...mail.to, ...mail.cc, ...mail.bcc].every(keeps)) delivery.mail = this.redirected(mail, keeps);
    return next();
  }

  private redirected(mail: OutgoingMail, keeps: (address: ParsedAddress) => boolean): OutgoingMail {
    const { to, cc, bcc } = mail;
    return {
      ...mail,
      to: [...to.filter(keeps), ...(to.some(sameAs(this.target)) ? [] : [this.target])],
      cc: cc.filter(keeps),
      bcc: bcc.filter(keeps),
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

/** Returns a header with as many addresses as fit, and the number of the others. Names are left out, because they may contain text from users. */
function original(field: string, addresses: readonly ParsedAddress[]): Record<string, string> {
  if (addresses.length === 0) return {};
  let value = '';
  for (const [i, { address }] of addresses.entries()) {
    const longer = i === 0 ? address : `${value}, ${address}`;
    if (longer.length > fieldLimits.headerValue - charactersForCount) {
      value += `, and ${addresses.length - i} more`;
      break;
    }
    value = longer;
  }
  return { [`X-Original-${field}`]: value };
}
