import {
  Controller,
  UseFilters,
  UseGuards,
  VERSION_NEUTRAL,
  type DynamicModule,
  type Type,
} from '@nestjs/common';
import { MailTransport } from '../mail/mail-transport.js';
import { LocalVisitors } from './access/local-visitors.js';
import { LocalVisitorsGuard, PageRefusedFilter } from './access/pages-guard.js';
import { MailPreviews } from './mails/mail-previews.js';
import { MailPreviewsController } from './mail-previews.controller.js';
import { MAILBOX } from './mailbox/mailbox.js';
import { mailboxOf } from './mailbox/mailbox-of.js';
import { MailboxController } from './mailbox.controller.js';
import {
  MAIL_PREVIEW_OPTIONS,
  enabledPreviews,
  type Guard,
  type MailersModuleExtras,
} from './access/preview-options.js';

/** Adds the preview pages to the mailers' module, if they are enabled. */
export function withPreviews(module: DynamicModule, { preview }: MailersModuleExtras): DynamicModule {
  const enabled = enabledPreviews(preview);
  if (!enabled) return module;
  const { path, guards = [], allow, imports = [] } = enabled;
  const activeGuards = guards.length > 0 ? guards : [LocalVisitorsGuard];
  const controllers: Type[] = [MailPreviewsController, MailboxController];
  return {
    ...module,
    imports: [...(module.imports ?? []), ...imports],
    controllers: [
      ...(module.controllers ?? []),
      ...controllers.map((controller) => mount(controller, path, activeGuards)),
    ],
    providers: [
      ...(module.providers ?? []),
      { provide: MAIL_PREVIEW_OPTIONS, useValue: enabled },
      {
        provide: LocalVisitors,
        useFactory: () => new LocalVisitors(allow, { module: 'MailersModule', option: 'preview' }),
      },
      MailPreviews,
      { provide: MAILBOX, inject: [MailTransport], useFactory: mailboxOf },
    ],
  };
}

/** Creates a subclass for each application, because decorators change the class. */
function mount(controller: Type, path: string, guards: readonly Guard[]): Type {
  class Mounted extends controller {}
  Object.defineProperty(Mounted, 'name', { value: controller.name });
  Controller({ path, version: VERSION_NEUTRAL })(Mounted);
  UseGuards(...guards)(Mounted);
  UseFilters(PageRefusedFilter)(Mounted);
  return Mounted;
}
