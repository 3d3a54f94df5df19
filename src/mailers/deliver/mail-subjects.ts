import { isObject, quoted, type JobSubjects, type MissingSubject } from '../../jobs/internals.js';
import { FledgeError } from '../../jobs/index.js';
import type { MailerRegistry } from '../compose/mailer-registry.js';
import { fieldLimits } from '../mail/field-limits.js';

/** The mails of an application, as jobs see them. A mail that this process does not know waits, like a job of an unknown class. */
export class MailSubjects implements JobSubjects {
  constructor(private readonly mailers: MailerRegistry) {}

  nameOf(payload: unknown): string | undefined {
    const mail = mailOf(payload);
    return mail && `${mail.mailer}.${mail.action}`;
  }

  missing(payload: unknown): MissingSubject | undefined {
    const mail = mailOf(payload);
    if (!mail) return undefined;
    const mailer = this.mailers.find(mail.mailer);
    if (!mailer) {
      const advice = `After a rename, keep the old name with @Mailer({ name: '…' })`;
      return { why: `no mailer here has the name${quoted(mail.mailer)}`, advice };
    }
    if (mailer.actions.includes(mail.action)) return undefined;
    const advice = `After a rename, keep the old action until its mails are sent`;
    return { why: `${mail.mailer} has no action${quoted(mail.action)} here`, advice };
  }

  twice(): FledgeError {
    return new FledgeError(
      'FLEDGE_MAILERS_MODULE_TWICE',
      'Two modules import MailersModule.forRoot or forRootAsync. Import it once, in your root module, with all options, and remove the other import. MailersService can be injected in every module.',
    );
  }

  names(): readonly string[] {
    return this.mailers.list().flatMap(({ name, offered }) => offered.map((action) => `${name}.${action}`));
  }
}

/** The payload comes from the store, and may be anything. */
function mailOf(payload: unknown): { readonly mailer: string; readonly action: string } | undefined {
  if (!isObject(payload)) return undefined;
  const { mailer, action } = payload;
  return isName(mailer) && isName(action) ? { mailer, action } : undefined;
}

function isName(value: unknown): value is string {
  return typeof value === 'string' && value.length <= fieldLimits.reference;
}
