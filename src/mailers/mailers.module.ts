import {
  ConfigurableModuleBuilder,
  Module,
  type DynamicModule,
  type OnApplicationShutdown,
  type OnModuleInit,
} from '@nestjs/common';
import { deliverMailJob, DeliverMailJob } from './deliver-mail.job.js';
import { DeliveryChain } from './delivery-chain.js';
import { MailComposer } from './mail-composer.js';
import { MailSender } from './mail-sender.js';
import { MailTransport } from './mail-transport.js';
import { MailTransports } from './mail-transports.js';
import { MailerRegistry } from './mailer-registry.js';
import { MailersService } from './mailers.service.js';
import { openDefaultTransport } from './open-transport.js';
import type { MailersModuleExtras } from './preview/preview-options.js';
import { withPreviews } from './preview/mounted.js';
import { MAILERS_OPTIONS, type MailersOptions } from './options.js';
import { MailTemplates } from './templates/mail-templates.js';
import { TransportAlarms } from './transport-alarms.js';

const { ConfigurableModuleClass, OPTIONS_TYPE, ASYNC_OPTIONS_TYPE } =
  new ConfigurableModuleBuilder<MailersOptions>({ optionsInjectionToken: MAILERS_OPTIONS })
    .setClassMethodName('forRoot')
    .setExtras<MailersModuleExtras>({ preview: undefined }, withPreviews)
    .build();

/** Mail for the whole application, delivered by the worker. Import it once, beside `JobsModule`. */
@Module({
  providers: [
    {
      provide: MailTransport,
      inject: [MAILERS_OPTIONS],
      useFactory: (options: MailersOptions) => openDefaultTransport(options),
    },
    MailerRegistry,
    MailTemplates,
    MailTransports,
    TransportAlarms,
    MailComposer,
    DeliveryChain,
    MailSender,
    {
      provide: DeliverMailJob,
      inject: [MAILERS_OPTIONS, MailComposer, DeliveryChain, MailSender],
      useFactory: (
        { policy }: MailersOptions,
        ...parts: ConstructorParameters<typeof DeliverMailJob>
      ): DeliverMailJob => new (deliverMailJob(policy))(...parts),
    },
    MailersService,
  ],
  exports: [MailersService],
})
export class MailersModule extends ConfigurableModuleClass implements OnModuleInit, OnApplicationShutdown {
  constructor(
    private readonly mailers: MailerRegistry,
    private readonly composer: MailComposer,
    private readonly transports: MailTransports,
    private readonly chain: DeliveryChain,
  ) {
    super();
  }

  static override forRoot(options: typeof OPTIONS_TYPE = {}): DynamicModule {
    return { ...super.forRoot(options), global: true };
  }

  static override forRootAsync(options: typeof ASYNC_OPTIONS_TYPE): DynamicModule {
    return { ...super.forRootAsync(options), global: true };
  }

  async onModuleInit(): Promise<void> {
    this.mailers.check();
    await this.composer.checkAtBoot();
    for (const { name, options } of this.mailers.list())
      this.transports.get(options.defaults?.transport, `@Mailer() of ${name}`);
    await this.chain.check();
  }

  async onApplicationShutdown(): Promise<void> {
    await this.transports.close();
  }
}
