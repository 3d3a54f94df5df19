import { Inject, Injectable } from '@nestjs/common';
import { FledgeError } from '../../jobs/index.js';
import { didYouMean, invalidOption } from '../../jobs/internals.js';
import { MailTransport } from '../mail/mail-transport.js';
import { openTransport } from '../transports/open-transport.js';
import { MAILERS_OPTIONS, type MailersOptions } from '../options/mailers-options.js';

const defaultName = 'default';

/** The transports of the application, by name. */
@Injectable()
export class MailTransports {
  private readonly byName: ReadonlyMap<string, MailTransport>;

  /** @throws FledgeError `FLEDGE_OPTION_INVALID`, `FLEDGE_SMTP_URL_INVALID` */
  constructor(@Inject(MAILERS_OPTIONS) { transports = {} }: MailersOptions, usual: MailTransport) {
    if (defaultName in transports) {
      throw invalidOption(
        'MailersModule: transports has one with the name "default", which is that of transport. Give it there.',
      );
    }
    const named = Object.entries(transports).map(([name, option]) => [name, openTransport(option)] as const);
    this.byName = new Map([[defaultName, usual], ...named]);
  }

  /**
   * @param who asks for it, for the message
   * @throws FledgeError `FLEDGE_MAIL_TRANSPORT_UNKNOWN`
   */
  get(name: string | undefined, who: string): { readonly name: string; readonly transport: MailTransport } {
    const wanted = name ?? defaultName;
    const transport = this.byName.get(wanted);
    if (transport) return { name: wanted, transport };
    const names = [...this.byName.keys()];
    throw new FledgeError(
      'FLEDGE_MAIL_TRANSPORT_UNKNOWN',
      `${who} names the transport "${wanted}", which is not declared (declared: ${names.join(', ')}).${didYouMean(wanted, names)} Add it to MailersModule.forRoot({ transports: { ${JSON.stringify(wanted)}: … } }).`,
    );
  }

  /** Whatever one of them does, the others are closed too. */
  async close(): Promise<void> {
    await Promise.allSettled([...this.byName.values()].map((transport) => transport.close()));
  }
}
