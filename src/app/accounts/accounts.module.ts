import { Module } from '@nestjs/common';
import { AccountsController } from './accounts.controller.js';
import { AccountsService } from './accounts.service.js';
import { UserMailerPreview } from './user-mailer.preview.js';
import { UserMailer } from './user.mailer.js';

@Module({
  controllers: [AccountsController],
  providers: [AccountsService, UserMailer, UserMailerPreview],
})
export class AccountsModule {}
