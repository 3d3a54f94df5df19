import { Body, Controller, Post } from '@nestjs/common';
import { MailersService } from 'nestjs-fledge/mailers';
import { AccountsService, type Account } from './accounts.service.js';
import { SignupDto } from './signup.dto.js';
import { UserMailer } from './user.mailer.js';

@Controller('signups')
export class AccountsController {
  constructor(
    private readonly accounts: AccountsService,
    private readonly mailers: MailersService,
  ) {}

  @Post()
  async signUp(@Body() { name, email, locale = 'en' }: SignupDto): Promise<Account> {
    const account = await this.accounts.create(name, email);
    try {
      await this.mailers.for(UserMailer).welcome({ accountId: account.id, locale }).deliverLater();
    } catch (error) {
      // Removes the account, so that the visitor can sign up again after a 503.
      await this.accounts.remove(account.id);
      throw error;
    }
    return account;
  }
}
