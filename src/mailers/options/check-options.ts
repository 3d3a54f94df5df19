import { invalidOption, toMillisecondsWithin } from '../../jobs/internals.js';
import { parseAddress } from '../mail/address.js';
import { remoteTimes, usualRemoteTimeout } from '../mail/mail-attachment.js';
import type { Refuse } from '../mail/field-limits.js';
import { canonicalLocale } from '../mail/locale.js';
import { readDefaults } from '../mail/mail-fields.js';
import type { MailerOptions, MailSubject } from '../mail/mailer.js';
import type { MailersOptions } from './mailers-options.js';

/** @throws FledgeError `FLEDGE_OPTION_INVALID` */
export function checkMailersOptions({ from, locale, maxSize, attachments = {} }: MailersOptions): void {
  const refuse = refusing('MailersModule.forRoot');
  if (from !== undefined) parseAddress(from, 'from', refuse);
  if (locale !== undefined) canonicalLocale(locale, refuse);
  if (maxSize !== undefined && !(Number.isSafeInteger(maxSize) && maxSize > 0))
    refuse(`maxSize is ${String(maxSize)}. Give a whole number of bytes of 1 or more`);
  for (const host of attachments.allowRemote ?? []) {
    if (!URL.canParse(`https://${host}/`) || new URL(`https://${host}/`).host !== host)
      refuse(
        `attachments.allowRemote has ${JSON.stringify(host)}. Give a host's name in small letters, with a port only if it is not 443`,
      );
  }
  const { remoteTimeout = usualRemoteTimeout } = attachments;
  toMillisecondsWithin(remoteTimes, remoteTimeout, 'MailersModule.forRoot: attachments.remoteTimeout');
  const named = Object.keys(attachments.sources ?? {}).find((name) => name === '' || name.includes(':'));
  if (named !== undefined)
    refuse(`attachments.sources has the name ${JSON.stringify(named)}, but a name ends at the first colon`);
}

/** @throws FledgeError `FLEDGE_OPTION_INVALID` */
export function checkMailerDefaults(name: string, { defaults = {}, subjects = {} }: MailerOptions): void {
  const refuse = refusing(`@Mailer() of ${name}`);
  readDefaults(defaults, (why, cause) => refuse(`defaults: ${why}`, cause));
  const languages = Object.values<MailSubject>(subjects).flatMap((subject) =>
    typeof subject === 'string' ? [] : Object.keys(subject),
  );
  for (const tag of languages) canonicalLocale(tag, (why) => refuse(`subjects: ${why}`));
}

function refusing(what: string): Refuse {
  return (why, cause) => {
    throw invalidOption(`${what}: ${why}.`, { cause });
  };
}
