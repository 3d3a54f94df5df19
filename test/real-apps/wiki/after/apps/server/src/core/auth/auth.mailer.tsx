import { render } from '@react-email/render';
import { address, Mailer, MailPreview, type Mail } from 'nestjs-fledge/mailers';
import { ForgotPasswordEmail } from '@wiki/transactional/emails/forgot-password-email';
import { EnvironmentService } from '../../integrations/environment/environment.module';

export interface PasswordRequest {
  name: string;
  email: string;
  token: string;
}

@Mailer({ defaults: { from: 'Wiki <wiki@example.test>' } })
export class AuthMailer {
  constructor(private readonly env: EnvironmentService) {}

  async forgotPassword({ name, email, token }: PasswordRequest): Promise<Mail> {
    const link = `${this.env.appUrl}/password-reset?token=${token}`;
    return {
      to: address(name, email),
      subject: 'Set a new password',
      html: await render(<ForgotPasswordEmail name={name} link={link} />),
    };
  }
}

@MailPreview(AuthMailer)
export class AuthMailerPreview {
  forgotPassword(): PasswordRequest {
    return { name: 'Ada Lovelace', email: 'ada@example.test', token: 'sample-token' };
  }
}
