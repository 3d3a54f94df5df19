import { Injectable, type Type } from '@nestjs/common';
import { FledgeError, type JobContext } from '../../jobs/index.js';
import { didYouMean, MarkedProviders } from '../../jobs/internals.js';
import { actionsOf } from '../mail/actions.js';
import type { Mail } from '../mail/mail.js';
import { mailerOptionsOf, type MailAction, type MailerOptions } from '../mail/mailer.js';

type Actions = Record<string, MailAction>;

export interface KnownMailer {
  readonly name: string;
  readonly mailerClass: Type;
  readonly options: MailerOptions;
  /** The names of its actions. */
  readonly actions: readonly string[];
  instance(request: unknown): object | Promise<object>;
}

/** Knows every mailer of the application by class and by name. */
@Injectable()
export class MailerRegistry {
  private known?: readonly KnownMailer[];

  constructor(private readonly providers: MarkedProviders) {}

  /**
   * @returns the mailer's stored name
   * @throws FledgeError `FLEDGE_MAILER_NOT_REGISTERED`, `FLEDGE_MAILER_ACTION_UNKNOWN`
   */
  requireAction(mailerClass: Type, action: string): string {
    const { name, actions } = this.requireMailer(mailerClass);
    if (!actions.includes(action)) throw unknownAction(name, action, actions);
    return name;
  }

  /** @throws FledgeError `FLEDGE_MAILER_NOT_REGISTERED` */
  requireMailer(mailerClass: Type): KnownMailer {
    const mailer = this.mailers().find((candidate) => candidate.mailerClass === mailerClass);
    if (!mailer) {
      const why = mailerOptionsOf(mailerClass)
        ? 'no module has it among its providers'
        : 'it has no @Mailer() decorator';
      throw new FledgeError(
        'FLEDGE_MAILER_NOT_REGISTERED',
        `${String(mailerClass?.name)} is not a known mailer: ${why}. Put @Mailer() before the class and add it to a module's providers.`,
      );
    }
    return mailer;
  }

  /** Every mailer. */
  list(): readonly KnownMailer[] {
    return this.mailers();
  }

  /**
   * Makes the mail, in the worker.
   * @throws FledgeError `FLEDGE_MAILER_NOT_REGISTERED`, `FLEDGE_MAILER_ACTION_UNKNOWN`, and what the action throws
   */
  async make(name: string, action: string, payload: unknown, context: JobContext): Promise<Mail> {
    const mailer = this.mailers().find((candidate) => candidate.name === name);
    if (!mailer) {
      const names = this.mailers().map((candidate) => candidate.name);
      throw new FledgeError(
        'FLEDGE_MAILER_NOT_REGISTERED',
        `No mailer here has the name "${name}".${didYouMean(name, names)} After a rename, keep the old name: @Mailer({ name: '${name}' }).`,
      );
    }
    // The name came from the store. Nothing is read from the mailer, let alone called, unless it is an action of the class.
    if (!mailer.actions.includes(action)) throw unknownAction(name, action, mailer.actions);
    const instance = (await mailer.instance(context)) as Actions;
    return instance[action]!(payload, context);
  }

  /** What `@Mailer()` said; nothing for a name that is not known. */
  optionsOf(name: string): MailerOptions {
    return this.mailers().find((candidate) => candidate.name === name)?.options ?? {};
  }

  /** @throws FledgeError `FLEDGE_MAILER_DUPLICATE_NAME` */
  check(): void {
    this.mailers();
  }

  private mailers(): readonly KnownMailer[] {
    if (this.known) return this.known;
    const known = new Map<string, KnownMailer>();
    for (const provider of this.providers.find(mailerOptionsOf)) {
      const mailerClass = provider.markedClass;
      const name = provider.mark.name ?? mailerClass.name;
      const other = known.get(name);
      if (other && other.mailerClass !== mailerClass) {
        throw new FledgeError(
          'FLEDGE_MAILER_DUPLICATE_NAME',
          `Two mailers have the name "${name}", so a worker could not tell them apart. Give one of them another: @Mailer({ name: '…' }).`,
        );
      }
      if (other) continue;
      known.set(name, {
        name,
        mailerClass,
        options: provider.mark,
        actions: actionsOf(mailerClass),
        instance: (request) => provider.instance(request),
      });
    }
    return (this.known = [...known.values()]);
  }
}

/**
 * A mailer's stored name, for whoever has its class and no application.
 *
 * @throws FledgeError `FLEDGE_MAILER_NOT_REGISTERED` for a class without `@Mailer()`, `FLEDGE_MAILER_ACTION_UNKNOWN`
 */
export function storedMailerName(mailerClass: Type<object>, action?: string): string {
  const options = mailerOptionsOf(mailerClass);
  if (!options) {
    throw new FledgeError(
      'FLEDGE_MAILER_NOT_REGISTERED',
      `${String(mailerClass?.name)} is no mailer: it has no @Mailer() decorator.`,
    );
  }
  const name = options.name ?? mailerClass.name;
  const actions = actionsOf(mailerClass);
  if (action !== undefined && !actions.includes(action)) throw unknownAction(name, action, actions);
  return name;
}

function unknownAction(mailer: string, action: string, actions: readonly string[]): FledgeError {
  return new FledgeError(
    'FLEDGE_MAILER_ACTION_UNKNOWN',
    `${mailer} has no action "${action}".${didYouMean(action, actions)} It has: ${actions.join(', ') || 'none'}. Actions are public methods that return Promise<Mail>. If one of them has @Action(), so must the others.`,
  );
}
