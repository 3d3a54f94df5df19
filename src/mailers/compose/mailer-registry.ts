import { Injectable, type Type } from '@nestjs/common';
import { FledgeError, type JobContext } from '../../jobs/index.js';
import { MarkedProviders, unknownName } from '../../jobs/internals.js';
import { actionsOf } from '../mail/actions.js';
import type { Mail } from '../mail/mail.js';
import { mailerOptionsOf, type MailAction, type MailerOptions } from '../mail/mailer.js';

/** A mailer of the application. */
export interface RegisteredMailer {
  readonly name: string;
  readonly mailerClass: Type;
  readonly options: MailerOptions;
  /** The names of its actions. */
  readonly actions: readonly string[];
  instance(request: object | undefined): object | Promise<object>;
}

/** Finds every mailer of the application, by class and by name. */
@Injectable()
export class MailerRegistry {
  private found?: readonly RegisteredMailer[];

  constructor(private readonly providers: MarkedProviders) {}

  /**
   * Checks that a mailer has an action, and returns the mailer's stored name.
   *
   * @throws FledgeError `FLEDGE_MAILER_NOT_REGISTERED`, `FLEDGE_MAILER_ACTION_UNKNOWN`
   */
  requireAction(mailerClass: Type, action: string): string {
    const { name, actions } = this.requireMailer(mailerClass);
    if (!actions.includes(action)) throw unknownAction(name, action, actions);
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
    const mailer = this.mailers().find((candidate) => candidate.name === name);
    if (!mailer) {
      const names = this.mailers().map((candidate) => candidate.name);
      throw new FledgeError(
        'FLEDGE_MAILER_NOT_REGISTERED',
        `${unknownName('mailer', name, names)} After renaming a class, keep its old name: @Mailer({ name: ${JSON.stringify(name)} }).`,
      );
    }
    // The name comes from the store, so it must be an action before the method is read from the mailer.
    if (!mailer.actions.includes(action)) throw unknownAction(name, action, mailer.actions);
    const instance = await mailer.instance(context);
    const method: unknown = Reflect.get(instance, action);
    if (!isAction(method)) throw unknownAction(name, action, mailer.actions);
    return method.call(instance, payload, context);
  }

  /** Returns the options of the mailer's `@Mailer()`. They are empty if no mailer has the name. */
  optionsOf(name: string): MailerOptions {
    return this.mailers().find((candidate) => candidate.name === name)?.options ?? {};
  }

  /**
   * Checks that the names of the mailers are unique.
   *
   * @throws FledgeError `FLEDGE_MAILER_DUPLICATE_NAME`
   */
  check(): void {
    this.mailers();
  }

  private mailers(): readonly RegisteredMailer[] {
    if (this.found) return this.found;
    const byName = new Map<string, RegisteredMailer>();
    for (const provider of this.providers.find(mailerOptionsOf)) {
      const mailerClass = provider.markedClass;
      const name = provider.mark.name ?? mailerClass.name;
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
  if (action !== undefined && !actions.includes(action)) throw unknownAction(name, action, actions);
  return name;
}

function isAction(value: unknown): value is MailAction {
  return typeof value === 'function';
}

function unknownAction(mailer: string, action: string, actions: readonly string[]): FledgeError {
  return new FledgeError(
    'FLEDGE_MAILER_ACTION_UNKNOWN',
    `${unknownName('action', action, actions, mailer)} Actions are public methods that return Promise<Mail>. If one method has @Action(), every action needs it.`,
  );
}
