import { Mailer, type Mail } from 'nestjs-fledge/mailers';
import { AccountsService } from './accounts.service.js';

/** Runs in the worker. */
@Mailer()
export class UserMailer {
  constructor(private readonly accounts: AccountsService) {}

  async welcome({ accountId }: { accountId: string }): Promise<Mail> {
    const { name, email } = await this.accounts.get(accountId);
    return {
      to: { name, address: email },
      subject: `Welcome, ${name}`,
      text: `Hello ${name},\n\nyour account is ready. Upload a CSV of airports to see a background job at work.\n`,
      html: `<p>Hello ${escapeHtml(name)},</p><p>your account is ready. Upload a CSV of airports to see a background job at work.</p>`,
    };
  }
}

function escapeHtml(text: string): string {
  return text.replace(/[&<>"']/g, (character) => `&#${character.charCodeAt(0)};`);
}
