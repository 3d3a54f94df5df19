import { Processor } from '@nestjs/bullmq';
import type { Job } from 'bullmq';
import { LoggedProcessor } from '../queue/processors/logged.processor';
import { QueueName } from '../queue/queue-names';
import { MailService, type MailMessage } from './mail.service';

@Processor(QueueName.EMAIL)
export class EmailProcessor extends LoggedProcessor {
  constructor(private readonly mails: MailService) {
    super();
  }

  override async process({ name, queueName, data }: Job<MailMessage>): Promise<void> {
    await this.mails.send(data);
    this.logger.log(`${queueName} has processed ${name}`);
  }
}
