import {
  Controller,
  UseFilters,
  UseGuards,
  VERSION_NEUTRAL,
  type DynamicModule,
  type Type,
} from '@nestjs/common';
import { ApplicationConfig, HttpAdapterHost } from '@nestjs/core';
import { MailComposer } from '../compose/mail-composer.js';
import { MailerRegistry } from '../compose/mailer-registry.js';
import { JOBS_PARTS, type JobsParts } from '../compose/jobs-parts.js';
import { MailTransport } from '../mail/mail-transport.js';
import { MAILERS_OPTIONS } from '../options/mailers-options.js';
import { LocalVisitors } from './access/local-visitors.js';
import { LocalVisitorsGuard, PageRefusedFilter } from './access/pages-guard.js';
import { MailPreviews } from './mails/mail-previews.js';
import { MailPreviewsController } from './mail-previews.controller.js';
import { MAILBOX } from './mailbox/mailbox.js';
import { mailboxOf } from './mailbox/mailbox-of.js';
import { PreviewsAddress } from './previews-address.js';
import { MailboxController } from './mailbox.controller.js';
import {
  MAIL_PREVIEW_OPTIONS,
  enabledPreviews,
  type Guard,
  type MailersModuleExtras,
} from './access/preview-options.js';

type PreviewParts =
  ConstructorParameters<typeof MailPreviews> extends [unknown, ...infer Others] ? Others : never;

/** Adds the preview pages to the mailers' module, if they are enabled. */
export function withPreviews(module: DynamicModule, { preview }: MailersModuleExtras): DynamicModule {
  const enabled = enabledPreviews(preview);
  if (!enabled) return module;
  const { path, guards = [], decorators = [], allow, imports = [] } = enabled;
  const activeGuards = guards.length > 0 ? guards : [LocalVisitorsGuard];
  const controllers: Type[] = [MailPreviewsController, MailboxController];
  return {
    ...module,
    imports: [...(module.imports ?? []), ...imports],
    controllers: [
      ...(module.controllers ?? []),
      ...controllers.map((controller) => mount(controller, path, activeGuards, decorators)),
    ],
    providers: [
      ...(module.providers ?? []),
      { provide: MAIL_PREVIEW_OPTIONS, useValue: enabled },
      {
        provide: LocalVisitors,
        useFactory: () => new LocalVisitors(allow, { module: 'MailersModule', option: 'preview' }),
      },
      {
        provide: MailPreviews,
        inject: [JOBS_PARTS, MailerRegistry, MailComposer, MAILERS_OPTIONS, MAIL_PREVIEW_OPTIONS],
        useFactory: ({ providers }: JobsParts, ...parts: PreviewParts) =>
          new MailPreviews(providers, ...parts),
      },
      { provide: MAILBOX, inject: [MailTransport], useFactory: mailboxOf },
      {
        provide: PreviewsAddress,
        inject: [HttpAdapterHost, ApplicationConfig, JOBS_PARTS],
        useFactory: (host: HttpAdapterHost, config: ApplicationConfig, { events }: JobsParts) =>
          new PreviewsAddress(host, config, events, path),
      },
    ],
  };
}

/** Creates a subclass for each application, because decorators change the class. */
function mount(
  controller: Type,
  path: string,
  guards: readonly Guard[],
  decorators: readonly ClassDecorator[],
): Type {
  class Mounted extends controller {}
  Object.defineProperty(Mounted, 'name', { value: controller.name });
  Controller({ path, version: VERSION_NEUTRAL })(Mounted);
  UseGuards(...guards)(Mounted);
  UseFilters(PageRefusedFilter)(Mounted);
  for (const decorate of decorators) decorate(Mounted);
  return Mounted;
}
