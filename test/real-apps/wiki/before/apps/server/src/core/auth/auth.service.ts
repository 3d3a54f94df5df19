import { Injectable } from '@nestjs/common';
import { randomUUID } from 'node:crypto';
import { ForgotPasswordEmail } from '@wiki/transactional/emails/forgot-password-email';
import { PasswordChangedEmail } from '@wiki/transactional/emails/password-changed-email';
import { EnvironmentService } from '../../integrations/environment/environment.module';
import { MailService } from '../../integrations/mail/mail.service';

export interface Account {
  name: string;
  email: string;
}

@Injectable()
export class AuthService {
  constructor(
    private readonly env: EnvironmentService,
    private readonly mails: MailService,
  ) {}

  async forgotPassword({ name, email }: Account): Promise<void> {
    const link = `${this.env.appUrl}/password-reset?token=${randomUUID()}`;
    await this.mails.sendToQueue(email, 'Set a new password', ForgotPasswordEmail({ name, link }));
  }

  async changePassword({ name, email }: Account): Promise<void> {
    await this.mails.sendToQueue(email, 'Your password was changed', PasswordChangedEmail({ name }));
  }
}
