import { MailerModule, MailerService } from '@nestjs-modules/mailer';
import { Injectable, Module } from '@nestjs/common';
import { expectEqual, Probes } from '../probes.js';

@Injectable()
class OldMailProbe {
  readonly name = 'modules-mailer';

  constructor(
    probes: Probes,
    private readonly mailer: MailerService,
  ) {
    probes.add(this);
  }

  async inRequest(): Promise<void> {
    await this.inJob();
  }

  async inJob(): Promise<void> {
    const { message } = (await this.mailer.sendMail({
      to: 'ada@example.test',
      from: 'old@example.test',
      subject: 'As before',
      text: 'Hello',
    })) as { message: string };
    expectEqual(JSON.parse(message).subject, 'As before', 'The subject of the mail');
  }
}

@Module({
  imports: [MailerModule.forRoot({ transport: { jsonTransport: true } as object })],
  providers: [OldMailProbe],
})
export class Neighbour {}
