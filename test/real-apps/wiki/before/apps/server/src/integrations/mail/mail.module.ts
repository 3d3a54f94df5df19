import { Global, Module } from '@nestjs/common';
import { EmailProcessor } from './email.processor';
import { MailService } from './mail.service';

@Global()
@Module({ providers: [MailService, EmailProcessor], exports: [MailService] })
export class MailModule {}
