/* Compiled but never run. `test/types.test.ts` checks which lines compile and which do not. */
import {
  Action,
  Mailer,
  type Mail,
  type MailAddress,
  type MailAttachment,
  type MailersService,
} from 'nestjs-fledge/mailers';

@Mailer({ subjects: { welcome: 'Welcome' } })
class UserMailer {
  async welcome({ userId }: { userId: string }): Promise<Mail> {
    return { to: 'a@acme.test', text: userId };
  }
  async digest(): Promise<Mail> {
    return { to: [], text: 'x' };
  }
  async reminder({ at }: { at: Date }): Promise<Mail> {
    return { to: 'a@acme.test', text: String(at) };
  }
  helper(): number {
    return 1;
  }
}

export async function calls(mailers: MailersService): Promise<void> {
  const { welcome, digest, reminder } = mailers.for(UserMailer);
  await welcome({ userId: 'u1' }).deliverLater({ delay: '5m', unique: { by: ['userId'] } });
  await welcome.deliverAllLater([{ userId: 'u1' }], ({ userId }, i) => ({ priority: i + userId.length }));
  // @ts-expect-error a field that the payload does not have
  await welcome({ userId: 'u1' }).deliverLater({ unique: { by: ['user'] } });
  // @ts-expect-error an option that does not exist
  await welcome({ userId: 'u1' }).deliverLater({ dely: 1 });
  // @ts-expect-error without its payload
  welcome();
  // @ts-expect-error more than the payload has
  welcome({ userId: 'u1', name: 'Ada' });
  // @ts-expect-error a payload where there is none
  digest({ userId: 'u1' });
  // @ts-expect-error a Date is not what the worker would get
  reminder({ at: new Date() });
  // @ts-expect-error not one of the payloads
  await welcome.deliverAllLater([{ user: 'u1' }]);
  // @ts-expect-error no action: it returns no mail
  mailers.for(UserMailer).helper();
}

@Mailer()
export class MarkedMailer {
  @Action()
  async welcome({ userId }: { userId: string }): Promise<Mail> {
    return { to: 'a@acme.test', text: userId };
  }
  // @ts-expect-error it returns no mail
  @Action()
  async signature(): Promise<string> {
    return 'Acme';
  }
}

// @ts-expect-error a subject for an action that is not there
@Mailer({ subjects: { goodbye: 'Goodbye' } })
export class NoSuchAction {
  async welcome(): Promise<Mail> {
    return { to: 'a@acme.test', text: 'x' };
  }
}

export const files: MailAttachment[] = [
  { filename: 'a.txt', content: 'x' },
  { path: 'a.txt', cid: 'a' },
  { ref: 's3:a.txt' },
  { href: 'https://files.acme.test/a.txt' },
];
// @ts-expect-error two places where its content could be
export const twoForms: MailAttachment = { path: 'a.txt', content: 'x' };
// @ts-expect-error none
export const noForm: MailAttachment = { filename: 'a.txt' };
// @ts-expect-error a word that a mail does not have
export const typo: Mail = { to: 'a@acme.test', subjct: 'x' };
// @ts-expect-error a name alone is no address
export const withoutAddress: MailAddress = { name: 'Ada' };
