import { FledgeError } from '../../jobs/index.js';
import { invalidOption, toMillisecondsWithin } from '../../jobs/internals.js';
import { parseAddress } from '../mail/address.js';
import { remoteTimes, usualRemoteTimeout } from '../mail/mail-attachment.js';
import type { Refuse } from '../mail/field-limits.js';
import { canonicalLocale } from '../mail/locale.js';
import { readDefaults } from '../mail/mail-fields.js';
import type { MailerOptions, MailSubject } from '../mail/mailer.js';
import { checkMailerNames, checkModuleNames } from './option-names.js';
import type { MailersOptions } from './mailers-options.js';

/**
 * Checks the options of `MailersModule.forRoot`.
 *
 * @throws FledgeError `FLEDGE_OPTION_INVALID`
 */
export function checkMailersOptions(options: MailersOptions): void {
  checkModuleNames(options);
  const { from, locale, maxSize, attachments = {} } = options;
  const refuse = refusing('MailersModule.forRoot');
  if (from !== undefined) parseAddress(from, 'from', refuse);
  if (locale !== undefined) canonicalLocale(locale, refuse);
  if (maxSize !== undefined && !(Number.isSafeInteger(maxSize) && maxSize > 0))
    refuse(`maxSize is ${String(maxSize)}. Use a whole number of bytes, 1 or more`);
  for (const host of attachments.allowRemote ?? []) {
    if (!URL.canParse(`https://${host}/`) || new URL(`https://${host}/`).host !== host)
      refuse(
        `attachments.allowRemote has ${JSON.stringify(host)}. Use a host name in lower case, with a port only if it is not 443`,
      );
  }
  const { remoteTimeout = usualRemoteTimeout } = attachments;
  toMillisecondsWithin(remoteTimes, remoteTimeout, 'MailersModule.forRoot: attachments.remoteTimeout');
  const invalidName = Object.keys(attachments.sources ?? {}).find(
    (name) => name === '' || name.includes(':'),
  );
  if (invalidName !== undefined)
    refuse(`attachments.sources has the name ${JSON.stringify(invalidName)}. Use a name without a colon`);
}

/**
 * Checks the `defaults` and `subjects` of a mailer class.
 *
 * @throws FledgeError `FLEDGE_OPTION_INVALID`
 */
export function checkMailerDefaults(name: string, options: MailerOptions): void {
  const who = `@Mailer() of ${name}`;
  checkMailerNames(options, who);
  const { defaults = {}, subjects = {} } = options;
  const refuse = refusing(who);
  readDefaults(defaults, (why, cause) => refuse(`defaults: ${why}`, cause));
  const languages = Object.values<MailSubject>(subjects).flatMap((subject) =>
    typeof subject === 'string' ? [] : Object.keys(subject),
  );
  for (const tag of languages) canonicalLocale(tag, (why) => refuse(`subjects: ${why}`));
}

/**
 * Checks that the mails of a mailer class have a sender even if its actions return none.
 *
 * @throws FledgeError `FLEDGE_MAIL_FROM_MISSING`
 */
export function requireFrom(name: string, { defaults }: MailerOptions, { from }: MailersOptions): void {
  if (defaults?.from !== undefined || from !== undefined) return;
  throw new FledgeError(
    'FLEDGE_MAIL_FROM_MISSING',
    `The mails of ${name} have no sender. Set from in MailersModule.forRoot({ from: 'Acme <hello@acme.test>' }), or for this class in @Mailer({ defaults: { from } }). An action may still return another from.`,
  );
}

function refusing(what: string): Refuse {
  return (why, cause) => {
    throw invalidOption(`${what}: ${why}.`, { cause });
  };
}
