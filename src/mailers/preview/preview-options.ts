import type { CanActivate, ModuleMetadata, Type } from '@nestjs/common';
import { FledgeError } from '../../jobs/index.js';

/** Injects the `MailPreviewOptions`. */
export const MAIL_PREVIEW_OPTIONS = Symbol('nestjs-fledge:mail-preview-options');

export type Guard = Type<CanActivate> | CanActivate;

/** The page of previews, and the development mailbox below it. */
export interface MailPreviewOptions {
  /** Below the application's global prefix, without a version. @default 'mails' */
  readonly path?: string;
  /** Who may look, as `@UseGuards()` takes them. Where NODE_ENV is production there must be one. @default none */
  readonly guards?: readonly Guard[];
  /** Modules that export what the guards' constructors ask for, unless they are global. @default none */
  readonly imports?: ModuleMetadata['imports'];
}

/** What `MailersModule.forRoot` and `forRootAsync` take beside `MailersOptions`: routes are known before any factory runs. */
export interface MailersModuleExtras {
  /**
   * Where mails can be looked at, or `false`: nowhere.
   * @default { path: 'mails' }; where NODE_ENV is production, false
   */
  readonly preview?: MailPreviewOptions | false | undefined;
}

/** @returns where the pages are to be, or undefined for nowhere */
export function previewsWanted(
  preview: MailersModuleExtras['preview'],
  env: NodeJS.ProcessEnv = process.env,
): (MailPreviewOptions & { readonly path: string }) | undefined {
  if (preview === false || (preview === undefined && env.NODE_ENV === 'production')) return undefined;
  const path = (preview?.path ?? 'mails').replace(/^\/+|\/+$/g, '');
  if (!/^[\w.~-]+(\/[\w.~-]+)*$/.test(path)) {
    throw new FledgeError(
      'FLEDGE_OPTION_INVALID',
      `MailersModule: preview.path is ${JSON.stringify(preview?.path)}. Give a path of letters, digits, - and _, such as 'mails' or 'dev/mails'.`,
    );
  }
  return { ...preview, path };
}

/** @throws FledgeError `FLEDGE_MAIL_PREVIEW_UNGUARDED` where everybody could read what the mails say */
export function refuseUnguarded(
  { path, guards = [] }: MailPreviewOptions,
  env: NodeJS.ProcessEnv = process.env,
): void {
  if (env.NODE_ENV !== 'production' || guards.length > 0) return;
  throw new FledgeError(
    'FLEDGE_MAIL_PREVIEW_UNGUARDED',
    `The previews of mails at /${path} would be open to everybody: NODE_ENV is production and they have no guard. Give MailersModule.forRoot({ preview: { guards: [AdminGuard] } }), or preview: false.`,
  );
}
