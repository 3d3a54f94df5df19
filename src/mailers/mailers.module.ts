import {
  ConfigurableModuleBuilder,
  Module,
  type DynamicModule,
  type OnApplicationShutdown,
  type OnModuleInit,
} from '@nestjs/common';
import { DeliverMailJob } from './deliver-mail.job.js';
import { MailComposer } from './mail-composer.js';
import { MailTransport } from './mail-transport.js';
import { MailerRegistry } from './mailer-registry.js';
import { MailersService } from './mailers.service.js';
import { openTransport } from './open-transport.js';
import { MAILERS_OPTIONS, type MailersOptions } from './options.js';
import { MailTemplates } from './templates/mail-templates.js';

const { ConfigurableModuleClass, OPTIONS_TYPE, ASYNC_OPTIONS_TYPE } =
  new ConfigurableModuleBuilder<MailersOptions>({ optionsInjectionToken: MAILERS_OPTIONS })
    .setClassMethodName('forRoot')
    .build();

/** Mail for the whole application, delivered by the worker. Import it once, beside `JobsModule`. */
@Module({
  providers: [
    {
      provide: MailTransport,
      inject: [MAILERS_OPTIONS],
      useFactory: (options: MailersOptions) => openTransport(options),
    },
    MailerRegistry,
    MailTemplates,
    MailComposer,
    DeliverMailJob,
    MailersService,
  ],
  exports: [MailersService],
})
export class MailersModule extends ConfigurableModuleClass implements OnModuleInit, OnApplicationShutdown {
  constructor(
    private readonly mailers: MailerRegistry,
    private readonly composer: MailComposer,
    private readonly transport: MailTransport,
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
  }

  async onApplicationShutdown(): Promise<void> {
    await this.transport.close();
  }
}
