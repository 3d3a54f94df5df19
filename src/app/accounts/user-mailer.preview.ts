import { MailPreview } from 'nestjs-fledge/mailers';
import { AccountsService } from './accounts.service.js';
import { UserMailer } from './user.mailer.js';

/** Sample payloads for http://localhost:3000/mails in development. */
@MailPreview(UserMailer)
export class UserMailerPreview {
  constructor(private readonly accounts: AccountsService) {}

  async welcome() {
    const account =
      (await this.accounts.latest()) ?? (await this.accounts.create('Ada Lovelace', 'ada@example.test'));
    return { accountId: account.id };
  }
}
