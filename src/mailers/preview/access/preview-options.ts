import { invalidOption } from '../../../jobs/internals.js';
import type { CanActivate, ModuleMetadata, Type } from '@nestjs/common';
import { FledgeError } from '../../../jobs/index.js';
import type { AllowedVisitors } from './allowed-visitors.js';
import { isDevelopment } from './development.js';

/** Injects the `MailPreviewOptions`. */
export const MAIL_PREVIEW_OPTIONS = Symbol('nestjs-fledge:mail-preview-options');

export type Guard = Type<CanActivate> | CanActivate;

/** The page of previews, and the development mailbox below it. */
export interface MailPreviewOptions {
  /** Below the application's global prefix, without a version. @default 'mails' */
  readonly path?: string;
  /** The guards of the pages, as `@UseGuards()` takes them. Production needs at least one. @default none */
  readonly guards?: readonly Guard[];
  /**
   * Who may open the pages in development, in addition to browsers on this machine. Has no effect with `guards`, which
   * decide instead, and none in production. @default nobody else
   */
  readonly allow?: AllowedVisitors;
  /** Modules that export what the guards' constructors ask for, unless they are global. @default none */
  readonly imports?: ModuleMetadata['imports'];
}

/** What `MailersModule.forRoot` and `forRootAsync` take beside `MailersOptions`: routes are known before any factory runs. */
export interface MailersModuleExtras {
  /**
   * The pages that show mails, or `false` for none. Every NODE_ENV but `development`, `test` or none counts as production.
   * @default { path: 'mails' }; in production false
   */
  readonly preview?: MailPreviewOptions | false | undefined;
}

/** Returns where the pages are, or undefined for nowhere. In production `allow` alone does not ask for pages. */
export function previewsWanted(
  preview: MailersModuleExtras['preview'],
  env: NodeJS.ProcessEnv = process.env,
): (MailPreviewOptions & { readonly path: string }) | undefined {
  if (preview === false) return undefined;
  const isAskedFor = Object.keys(preview ?? {}).some((key) => key !== 'allow');
  if (!isAskedFor && !isDevelopment(env)) return undefined;
  const given = preview?.path ?? 'mails';
  const path = /^\/*([\w.~-]+(?:\/[\w.~-]+)*)\/*$/.exec(given)?.[1];
  if (path === undefined) {
    throw invalidOption(
      `MailersModule: preview.path is ${JSON.stringify(given)}. Use a path of letters, digits, - and _, such as 'mails' or 'dev/mails'.`,
    );
  }
  return { ...preview, path };
}

/** @throws FledgeError `FLEDGE_MAIL_PREVIEW_UNGUARDED` where everybody could read what the mails say */
export function refuseUnguarded(
  { path, guards = [] }: MailPreviewOptions,
  env: NodeJS.ProcessEnv = process.env,
): void {
  if (isDevelopment(env) || guards.length > 0) return;
  throw new FledgeError(
    'FLEDGE_MAIL_PREVIEW_UNGUARDED',
    `The mail previews at /${path} have no guards, and NODE_ENV is ${JSON.stringify(env.NODE_ENV)}, which counts as production for them. Set MailersModule.forRoot({ preview: { guards: [AdminGuard] } }), or preview: false.`,
  );
}
