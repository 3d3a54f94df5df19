import {
  ConfigurableModuleBuilder,
  Module,
  type DynamicModule,
  type OnApplicationShutdown,
  type OnModuleInit,
} from '@nestjs/common';
import { ModulesContainer } from '@nestjs/core';
import { importedBy, importedPlainBy } from '../jobs/internals.js';
import { deliverMailJob, DeliverMailJob } from './deliver/deliver-mail.job.js';
import { DeliveryChain } from './deliver/delivery-chain.js';
import { MailComposer } from './compose/mail-composer.js';
import { MailSender } from './deliver/mail-sender.js';
import { MailSubjects } from './deliver/mail-subjects.js';
import { MailTransport } from './mail/mail-transport.js';
import { MailTransports } from './deliver/mail-transports.js';
import { MailerRegistry } from './compose/mailer-registry.js';
import { JOBS_PARTS, jobsPartsProvider, type JobsParts } from './compose/jobs-parts.js';
import { FledgeError } from '../jobs/index.js';
import { MailersService } from './mailers.service.js';
import { openDefaultTransport } from './transports/open-transport.js';
import type { MailersModuleExtras } from './preview/access/preview-options.js';
import { withPreviews } from './preview/mount-previews.js';
import { MAILERS_OPTIONS, type MailersOptions } from './options/mailers-options.js';
import { MailTemplates } from './compose/templates/mail-templates.js';
import { TransportAlarms } from './deliver/transport-alarms.js';

const { ConfigurableModuleClass, OPTIONS_TYPE, ASYNC_OPTIONS_TYPE } =
  new ConfigurableModuleBuilder<MailersOptions>({ optionsInjectionToken: MAILERS_OPTIONS })
    .setClassMethodName('forRoot')
    .setExtras<MailersModuleExtras>({ preview: undefined }, withPreviews)
    .build();

/** Provides mail for the whole application. The worker sends it. Import the module once, next to `JobsModule`. */
@Module({
  providers: [
    {
      provide: MailTransport,
      inject: [MAILERS_OPTIONS],
      useFactory: (options: MailersOptions) => openDefaultTransport(options),
    },
    {
      provide: MAILERS_OPTIONS,
      // `forRoot` and `forRootAsync` replace this provider.
      inject: [ModulesContainer],
      useFactory: (modules: ModulesContainer) => {
        throw new FledgeError(
          'FLEDGE_MAILERS_MODULE_TWICE',
          `MailersModule is imported without forRoot()${importedPlainBy(modules, MailersModule)}. Import MailersModule.forRoot() once, in the root module, and remove the other import. MailersModule is global, so every module can inject MailersService.`,
        );
      },
    },
    jobsPartsProvider,
    {
      provide: MailerRegistry,
      inject: [JOBS_PARTS],
      useFactory: ({ providers }: JobsParts) => new MailerRegistry(providers),
    },
    MailTemplates,
    MailTransports,
    {
      provide: TransportAlarms,
      inject: [JOBS_PARTS],
      useFactory: ({ events }: JobsParts) => new TransportAlarms(events),
    },
    MailComposer,
    {
      provide: DeliveryChain,
      inject: [MAILERS_OPTIONS, JOBS_PARTS],
      useFactory: (options: MailersOptions, { provided, events }: JobsParts) =>
        new DeliveryChain(options, provided, events),
    },
    {
      provide: MailSender,
      inject: [MailTransports, TransportAlarms, JOBS_PARTS],
      useFactory: (transports: MailTransports, alarms: TransportAlarms, { events }: JobsParts) =>
        new MailSender(transports, alarms, events),
    },
    {
      provide: DeliverMailJob,
      inject: [MAILERS_OPTIONS, ModulesContainer, MailerRegistry, MailComposer, DeliveryChain, MailSender],
      useFactory: (
        { policy }: MailersOptions,
        modules: ModulesContainer,
        mailers: MailerRegistry,
        ...parts: ConstructorParameters<typeof DeliverMailJob>
      ): DeliverMailJob => {
        const subjects = new MailSubjects(mailers, importedBy(modules, MailersModule));
        return new (deliverMailJob(policy, subjects))(...parts);
      },
    },
    {
      provide: MailersService,
      inject: [JOBS_PARTS, MailerRegistry, DeliverMailJob],
      useFactory: ({ jobs }: JobsParts, mailers: MailerRegistry, job: DeliverMailJob) =>
        new MailersService(jobs, mailers, job),
    },
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
