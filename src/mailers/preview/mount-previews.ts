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
  previewsWanted,
  type Guard,
  type MailersModuleExtras,
} from './access/preview-options.js';

/** The mailers' module with the pages, if they are wanted. */
export function withPreviews(module: DynamicModule, { preview }: MailersModuleExtras): DynamicModule {
  const wanted = previewsWanted(preview);
  if (!wanted) return module;
  const { path, guards = [], allow, imports = [] } = wanted;
  const keepers = guards.length > 0 ? guards : [LocalVisitorsGuard];
  const controllers: Type[] = [MailPreviewsController, MailboxController];
  return {
    ...module,
    imports: [...(module.imports ?? []), ...imports],
    controllers: [
      ...(module.controllers ?? []),
      ...controllers.map((controller) => mount(controller, path, keepers)),
    ],
    providers: [
      ...(module.providers ?? []),
      { provide: MAIL_PREVIEW_OPTIONS, useValue: wanted },
      {
        provide: LocalVisitors,
        useFactory: () => new LocalVisitors(allow, { module: 'MailersModule', option: 'preview' }),
      },
      MailPreviews,
      { provide: MAILBOX, inject: [MailTransport], useFactory: mailboxOf },
    ],
  };
}

/** A subclass of its own for each application, since decorators mark the class. */
function mount(controller: Type, path: string, guards: readonly Guard[]): Type {
  class Mounted extends controller {}
  Object.defineProperty(Mounted, 'name', { value: controller.name });
  Controller({ path, version: VERSION_NEUTRAL })(Mounted);
  UseGuards(...guards)(Mounted);
  UseFilters(PageRefusedFilter)(Mounted);
  return Mounted;
}
