import { InjectQueue } from '@nestjs/bullmq';
import { Injectable } from '@nestjs/common';
import { render } from '@react-email/render';
import type { Queue } from 'bullmq';
import { createTransport } from 'nodemailer';
import type { ReactElement } from 'react';
import { EnvironmentService } from '../environment/environment.module';
import { QueueJob, QueueName } from '../queue/queue-names';

export interface MailMessage {
  to: string;
  subject: string;
  html: string;
}

@Injectable()
export class MailService {
  constructor(
    private readonly env: EnvironmentService,
    @InjectQueue(QueueName.EMAIL) private readonly emails: Queue<MailMessage>,
  ) {}

  async sendToQueue(to: string, subject: string, template: ReactElement): Promise<void> {
    await this.emails.add(QueueJob.SEND_EMAIL, { to, subject, html: await render(template) });
  }

  async send(message: MailMessage): Promise<void> {
    const transporter = createTransport({ ...this.env.smtp, ignoreTLS: true });
    await transporter.sendMail({ from: this.env.mailFrom, ...message });
    transporter.close();
  }
}
