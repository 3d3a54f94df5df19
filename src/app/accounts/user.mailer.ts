import { Mailer, type Mail } from 'nestjs-fledge/mailers';
import { AccountsService } from './accounts.service.js';
import type { Locale } from './signup.dto.js';

/** Runs in the worker. Its templates are in mails/user-mailer. */
@Mailer()
export class UserMailer {
  constructor(private readonly accounts: AccountsService) {}

  async welcome({ accountId, locale }: { accountId: string; locale?: Locale }): Promise<Mail> {
    const { name, email } = await this.accounts.get(accountId);
    return { to: { name, address: email }, data: { name }, ...(locale ? { locale } : {}) };
  }
}
