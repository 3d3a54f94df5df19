import { quoted, type JobSubjects, type MissingSubject } from '../../jobs/internals.js';
import { FledgeError } from '../../jobs/index.js';
import type { MailerRegistry } from '../compose/mailer-registry.js';
import { mailSubjectOf } from '../enqueue/mail-request.js';

/** The mails of an application, as jobs see them. A mail that this process does not know waits, like a job of an unknown class. */
export class MailSubjects implements JobSubjects {
  /** @param importers the modules that import `MailersModule`, for a message: `, by A and B` */
  constructor(
    private readonly mailers: MailerRegistry,
    private readonly importers: string,
  ) {}

  nameOf(payload: unknown): string | undefined {
    return mailSubjectOf(payload);
  }

  missing(subject: string): MissingSubject | undefined {
    const { mailer, action } = partsOf(subject);
    // A name that was chosen with @Mailer or for a method may contain a dot, so the parts are not certain.
    const isKnown = this.mailers
      .list()
      .some(
        ({ name, actions }) =>
          subject.startsWith(`${name}.`) && actions.includes(subject.slice(name.length + 1)),
      );
    if (isKnown) return undefined;
    if (!this.mailers.find(mailer)) {
      const advice = `After a rename, keep the old name with @Mailer({ name: '…' })`;
      return { why: `no mailer here has the name${quoted(mailer)}`, advice };
    }
    const advice = `After a rename, keep the old action until its mails are sent`;
    return { why: `${mailer} has no action${quoted(action)} here`, advice };
  }

  twice(): FledgeError {
    return new FledgeError(
      'FLEDGE_MAILERS_MODULE_TWICE',
      `MailersModule.forRoot() or forRootAsync() is imported twice${this.importers}. Import it once, in the root module, with all options, and remove the other import. MailersModule is global, so every module can inject MailersService.`,
    );
  }

  names(): readonly string[] {
    return this.mailers.list().flatMap(({ name, offered }) => offered.map((action) => `${name}.${action}`));
  }

  parts(): ReadonlyMap<string, readonly string[]> {
    return new Map(this.mailers.list().map(({ name, actions }) => [name, actions] as const));
  }
}

function partsOf(subject: string): { readonly mailer: string; readonly action: string } {
  const dot = subject.lastIndexOf('.');
  return { mailer: subject.slice(0, Math.max(0, dot)), action: subject.slice(dot + 1) };
}
