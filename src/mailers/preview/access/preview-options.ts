import type { CanActivate, ModuleMetadata, Type } from '@nestjs/common';
import { FledgeError } from '../../../jobs/index.js';
import { invalidOption, refuseUnknownOptions } from '../../../jobs/internals.js';
import type { AllowedVisitors } from './allowed-visitors.js';
import { isDevelopment } from './development.js';

/** Injects the `MailPreviewOptions`. */
export const MAIL_PREVIEW_OPTIONS = Symbol('nestjs-fledge:mail-preview-options');

export type Guard = Type<CanActivate> | CanActivate;

/** Options of the preview pages and of the development mailbox below them. */
export interface MailPreviewOptions {
  /** The path below the application's global prefix. It has no version. @default 'mails' */
  readonly path?: string;
  /** The guards of the pages, as `@UseGuards()` takes them. Production needs at least one. @default none */
  readonly guards?: readonly Guard[];
  /**
   * The visitors that may open the pages in development, in addition to browsers on this machine. Has no effect in
   * production, or if `guards` are set. @default none
   */
  readonly allow?: AllowedVisitors;
  /**
   * Class decorators for the controllers of the pages. With `[Public()]`, your decorator that exempts routes from a global guard, the
   * pages open without a token. The pages' own guards still apply. @default none
   */
  readonly decorators?: readonly ClassDecorator[];
  /** Modules that export the dependencies of the guards, except global modules. @default none */
  readonly imports?: ModuleMetadata['imports'];
}

/** Options of `MailersModule.forRoot` and `forRootAsync` outside of `MailersOptions`. Nest needs the routes before it runs a factory. */
export interface MailersModuleExtras {
  /**
   * The pages that show mails, or `false` for no pages. Every NODE_ENV except `development`, `test` or an empty one counts as
   * production. @default { path: 'mails' }; in production false
   */
  readonly preview?: MailPreviewOptions | false | undefined;
}

const optionNames = {
  path: true,
  guards: true,
  allow: true,
  decorators: true,
  imports: true,
} satisfies Record<keyof MailPreviewOptions, true>;

/** Returns the options with their path, or undefined if there are no pages. In production `allow` and `decorators` alone enable no pages. */
export function enabledPreviews(
  preview: MailersModuleExtras['preview'],
  env: NodeJS.ProcessEnv = process.env,
): (MailPreviewOptions & { readonly path: string }) | undefined {
  if (preview === false) return undefined;
  if (preview !== undefined) refuseUnknownOptions(preview, optionNames, 'MailersModule.forRoot: preview');
  const isRequested = Object.keys(preview ?? {}).some((key) => key !== 'allow' && key !== 'decorators');
  if (!isRequested && !isDevelopment(env)) return undefined;
  const given = preview?.path ?? 'mails';
  const path = /^\/*([\w.~-]+(?:\/[\w.~-]+)*)\/*$/.exec(given)?.[1];
  if (path === undefined) {
    throw invalidOption(
      `MailersModule: preview.path is ${JSON.stringify(given)}. Use a path of letters, digits, - and _, such as 'mails' or 'dev/mails'.`,
    );
  }
  return { ...preview, path };
}

/** @throws FledgeError `FLEDGE_MAIL_PREVIEW_UNGUARDED` in production without guards, where anyone could read the mails */
export function requireGuards(
  { path, guards = [] }: MailPreviewOptions,
  env: NodeJS.ProcessEnv = process.env,
): void {
  if (isDevelopment(env) || guards.length > 0) return;
  throw new FledgeError(
    'FLEDGE_MAIL_PREVIEW_UNGUARDED',
    `The mail previews at /${path} have no guards, and NODE_ENV is ${JSON.stringify(env.NODE_ENV)}, which counts as production for them. Set MailersModule.forRoot({ preview: { guards: [AdminGuard] } }), or preview: false.`,
  );
}
