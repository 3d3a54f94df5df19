import type { Type } from '@nestjs/common';
import { FledgeError, type JobContext } from '../../jobs/index.js';
import {
  quotedName,
  refuseMinifiedName,
  unknownName,
  type MarkedProvider,
  type MarkedProviders,
} from '../../jobs/internals.js';
import { actionsOf, offeredActions } from '../mail/actions.js';
import type { Mail } from '../mail/mail.js';
import { mailerOptionsOf, type MailAction, type MailerOptions } from '../mail/mailer.js';

/** A mailer of the application. */
export interface RegisteredMailer {
  readonly name: string;
  readonly mailerClass: Type;
  readonly options: MailerOptions;
  /** The names of its actions. They may include helpers. */
  readonly actions: readonly string[];
  /** The names of its actions without helpers, for people. */
  readonly offered: readonly string[];
  instance(request: object | undefined): object | Promise<object>;
}

/** Finds every mailer of the application, by class and by name. */
export class MailerRegistry {
  private found?: readonly RegisteredMailer[];

  constructor(private readonly providers: MarkedProviders) {}

  /**
   * Checks that a mailer has an action, and returns the mailer's stored name.
   *
   * @throws FledgeError `FLEDGE_MAILER_NOT_REGISTERED`, `FLEDGE_MAILER_ACTION_UNKNOWN`
   */
  requireAction(mailerClass: Type, action: string): string {
    const { name, actions, offered } = this.requireMailer(mailerClass);
    if (!actions.includes(action)) throw unknownAction(name, action, offered);
    return name;
  }

  /**
   * Returns the mailer of a class.
   *
   * @throws FledgeError `FLEDGE_MAILER_NOT_REGISTERED`
   */
  requireMailer(mailerClass: Type): RegisteredMailer {
    const mailer = this.mailers().find((candidate) => candidate.mailerClass === mailerClass);
    if (!mailer) {
      const why = mailerOptionsOf(mailerClass)
        ? 'no module has it in its providers'
        : 'it has no @Mailer() decorator';
      throw new FledgeError(
        'FLEDGE_MAILER_NOT_REGISTERED',
        `${String(mailerClass?.name)} is not a registered mailer: ${why}. Put @Mailer() before the class and add the class to a module's providers.`,
      );
    }
    return mailer;
  }

  /** Returns the mailer with this stored name, or undefined if there is none. */
  find(name: string): RegisteredMailer | undefined {
    return this.mailers().find((candidate) => candidate.name === name);
  }

  /** Returns all mailers. */
  list(): readonly RegisteredMailer[] {
    return this.mailers();
  }

  /**
   * Calls an action, in the worker.
   *
   * @throws FledgeError `FLEDGE_MAILER_NOT_REGISTERED`, `FLEDGE_MAILER_ACTION_UNKNOWN`, and what the action throws
   */
  async make(name: string, action: string, payload: unknown, context: JobContext): Promise<Mail> {
    const mailer = this.find(name);
    if (!mailer) {
      const names = this.mailers().map((candidate) => candidate.name);
      throw new FledgeError(
        'FLEDGE_MAILER_NOT_REGISTERED',
        `${unknownName('mailer', name, names, undefined, quotedName(name))} After renaming a class, keep its old name: @Mailer({ name: ${JSON.stringify(name)} }).`,
      );
    }
    // The name comes from the store, so it must be an action before the method is read from the mailer.
    if (!mailer.actions.includes(action)) throw unknownAction(name, action, mailer.offered);
    const instance = await mailer.instance(context);
    const method: unknown = Reflect.get(instance, action);
    if (!isAction(method)) throw unknownAction(name, action, mailer.offered);
    return method.call(instance, payload, context);
  }

  /** Returns the options of the mailer's `@Mailer()`. They are empty if no mailer has the name. */
  optionsOf(name: string): MailerOptions {
    return this.find(name)?.options ?? {};
  }

  /**
   * Checks that the names of the mailers are unique, that no minifier has chosen them, and that each mailer has one
   * instance.
   *
   * @throws FledgeError `FLEDGE_MAILER_DUPLICATE_NAME`, `FLEDGE_MAILER_REGISTERED_TWICE`, `FLEDGE_JOB_NAME_MINIFIED`
   */
  check(): void {
    this.mailers();
    const byClass = new Map<Type, MarkedProvider<MailerOptions>>();
    for (const provider of this.providers.find(mailerOptionsOf)) {
      const first = byClass.get(provider.markedClass);
      if (first && !isSame(first, provider)) throw registeredTwice(first, provider);
      byClass.set(provider.markedClass, provider);
    }
  }

  private mailers(): readonly RegisteredMailer[] {
    if (this.found) return this.found;
    const byName = new Map<string, RegisteredMailer>();
    for (const provider of this.providers.find(mailerOptionsOf)) {
      const mailerClass = provider.markedClass;
      const name = provider.mark.name ?? mailerClass.name;
      if (provider.mark.name === undefined)
        refuseMinifiedName({ name, markedClass: mailerClass, decorator: '@Mailer' });
      const other = byName.get(name);
      if (other && other.mailerClass !== mailerClass) {
        throw new FledgeError(
          'FLEDGE_MAILER_DUPLICATE_NAME',
          `Two mailers have the name "${name}". A worker finds the mailer of a mail by its name. Set another name for one of them: @Mailer({ name: '…' }).`,
        );
      }
      if (other) continue;
      byName.set(name, {
        name,
        mailerClass,
        options: provider.mark,
        actions: actionsOf(mailerClass),
        offered: offeredActions(mailerClass, Object.keys(provider.mark.subjects ?? {})),
        instance: (request) => provider.instance(request),
      });
    }
    return (this.found = [...byName.values()]);
  }
}

/**
 * Returns the stored name of a mailer class. It needs no application.
 *
 * @throws FledgeError `FLEDGE_MAILER_NOT_REGISTERED` for a class without `@Mailer()`, `FLEDGE_MAILER_ACTION_UNKNOWN`
 */
export function storedMailerName(mailerClass: Type<object>, action?: string): string {
  const options = mailerOptionsOf(mailerClass);
  if (!options) {
    throw new FledgeError(
      'FLEDGE_MAILER_NOT_REGISTERED',
      `${String(mailerClass?.name)} is not a mailer: it has no @Mailer() decorator. Put @Mailer() before the class.`,
    );
  }
  const name = options.name ?? mailerClass.name;
  const actions = actionsOf(mailerClass);
  if (action !== undefined && !actions.includes(action))
    throw unknownAction(name, action, offeredActions(mailerClass, Object.keys(options.subjects ?? {})));
  return name;
}

type MailerProvider = MarkedProvider<MailerOptions>;

/** An alias (`useExisting`) and a replacement in a test are the same instance under several tokens. */
function isSame(one: MailerProvider, other: MailerProvider): boolean {
  if (one.isStatic && other.isStatic) return one.instance(undefined) === other.instance(undefined);
  return one.moduleName === other.moduleName;
}

function registeredTwice({ markedClass, moduleName }: MailerProvider, other: MailerProvider): FledgeError {
  const { name } = markedClass;
  const where =
    moduleName === other.moduleName
      ? `${moduleName} provides ${name} twice`
      : `${moduleName} and ${other.moduleName} both have ${name} in their providers`;
  return new FledgeError(
    'FLEDGE_MAILER_REGISTERED_TWICE',
    `${where}, so it has two instances, and mails would use only one of them. Keep it in one module. Other modules send its mails with MailersService.`,
  );
}

function isAction(value: unknown): value is MailAction {
  return typeof value === 'function';
}

function unknownAction(mailer: string, action: string, actions: readonly string[]): FledgeError {
  return new FledgeError(
    'FLEDGE_MAILER_ACTION_UNKNOWN',
    `${unknownName('action', action, actions, mailer, quotedName(action))} Actions are public methods that return Promise<Mail>. If one method has @Action(), every action needs it.`,
  );
}
