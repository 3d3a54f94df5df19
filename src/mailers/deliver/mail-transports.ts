import { Inject, Injectable } from '@nestjs/common';
import { FledgeError } from '../../jobs/index.js';
import { invalidOption, unknownName } from '../../jobs/internals.js';
import { MailTransport } from '../mail/mail-transport.js';
import { openTransport } from '../transports/open-transport.js';
import { MAILERS_OPTIONS, type MailersOptions } from '../options/mailers-options.js';

const defaultName = 'default';

/** Opens the transports of the application, and finds them by name. */
@Injectable()
export class MailTransports {
  private readonly byName: ReadonlyMap<string, MailTransport>;

  /** @throws FledgeError `FLEDGE_OPTION_INVALID`, `FLEDGE_SMTP_URL_INVALID` */
  constructor(@Inject(MAILERS_OPTIONS) { transports = {} }: MailersOptions, usual: MailTransport) {
    if (defaultName in transports) {
      throw invalidOption(
        'MailersModule.forRoot: transports has the name "default", which is reserved for transport. Pass this transport as transport, or use another name.',
      );
    }
    const named = Object.entries(transports).map(([name, option]) => [name, openTransport(option)] as const);
    this.byName = new Map([[defaultName, usual], ...named]);
  }

  /**
   * Returns a transport.
   *
   * @param name @default the default transport
   * @param who the mailer that names the transport, for the message
   * @throws FledgeError `FLEDGE_MAIL_TRANSPORT_UNKNOWN`
   */
  get(name: string | undefined, who: string): { readonly name: string; readonly transport: MailTransport } {
    const wanted = name ?? defaultName;
    const transport = this.byName.get(wanted);
    if (transport) return { name: wanted, transport };
    throw new FledgeError(
      'FLEDGE_MAIL_TRANSPORT_UNKNOWN',
      `${unknownName('transport', wanted, this.byName.keys(), who)} Or add it: MailersModule.forRoot({ transports: { ${JSON.stringify(wanted)}: … } }).`,
    );
  }

  /** Closes all transports, even if one of them fails. */
  async close(): Promise<void> {
    await Promise.allSettled([...this.byName.values()].map((transport) => transport.close()));
  }
}
