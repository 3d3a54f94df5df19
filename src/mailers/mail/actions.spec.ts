import type { BeforeApplicationShutdown, OnModuleDestroy, OnModuleInit } from '@nestjs/common';
import { expect, it } from 'vitest';
import { Action, actionsOf, offeredActions } from './actions.js';
import type { Mail } from './mail.js';

const mail = async (): Promise<Mail> => ({ to: 'ada@acme.test', subject: 'Hi', text: 'Hello' });

class Base {
  async inherited(): Promise<Mail> {
    return mail();
  }
  async brand(): Promise<Mail> {
    return mail();
  }
}

class Plain extends Base implements OnModuleInit, OnModuleDestroy, BeforeApplicationShutdown {
  static async notOfAnInstance(): Promise<Mail> {
    return mail();
  }
  onModuleInit(): void {}
  onApplicationBootstrap(): void {}
  onModuleDestroy(): void {}
  beforeApplicationShutdown(): void {}
  onApplicationShutdown(): void {}
  async welcome(): Promise<Mail> {
    return this.#signed();
  }
  async _footer(): Promise<Mail> {
    return mail();
  }
  async #signed(): Promise<Mail> {
    return mail();
  }
  override toString(): string {
    return 'Plain';
  }
  toJSON(): object {
    return {};
  }
}

// TypeScript does not allow an accessor to override an inherited method.
Object.defineProperty(Plain.prototype, 'brand', { get: () => mail });

it('actions are the public methods of a class and its base classes, without hooks, accessors and methods of every object', () => {
  expect(actionsOf(Plain)).toEqual(['welcome', 'inherited']);
});

class Marked extends Base {
  @Action()
  async welcome(): Promise<Mail> {
    return mail();
  }
  async signature(): Promise<string> {
    return 'Acme';
  }
}

class Extended extends Marked {
  override async welcome(): Promise<Mail> {
    return mail();
  }
  @Action()
  async goodbye(): Promise<Mail> {
    return mail();
  }
}

it('if any method is marked, only marked methods are actions, also in a subclass', () => {
  expect(actionsOf(Marked)).toEqual(['welcome']);
  expect(actionsOf(Extended)).toEqual(['welcome', 'goodbye']);
});

abstract class ApplicationMailer {
  protected async signature(): Promise<string> {
    return 'Acme';
  }
  protected async shared(): Promise<Mail> {
    return mail();
  }
}

class Helped extends ApplicationMailer {
  async welcome(): Promise<Mail> {
    return { ...(await mail()), subject: this.greeting('Ada'), text: await this.signature() };
  }
  async reminder(): Promise<Mail> {
    return { ...(await this.welcome()), ...(await this.#dated()) };
  }
  isAllowed(): boolean {
    return true;
  }
  private greeting(name: string): string {
    return `Hello ${name}`;
  }
  private async dated(): Promise<Partial<Mail>> {
    return { subject: 'Now' };
  }
  async #dated(): Promise<Partial<Mail>> {
    return this['dated']();
  }
}

it('helpers are not offered, unless the class names them', () => {
  expect(offeredActions(Helped, [])).toEqual(['reminder', 'shared']);
  expect(offeredActions(Helped, ['welcome'])).toEqual(['welcome', 'reminder', 'shared']);
  expect(actionsOf(Helped)).toContain('welcome');
  expect(offeredActions(Marked, [])).toEqual(['welcome']);
});

it('without native async functions, methods that no other method calls are offered', () => {
  class Lowered {
    welcome(): Promise<Mail> {
      return this.build();
    }
    private build(): Promise<Mail> {
      return mail();
    }
  }
  expect(offeredActions(Lowered, [])).toEqual(['welcome']);
});

/** An action that is called by another one, in the forms that people and compilers write. */
class Again {
  async welcome({ name }: { name: string }): Promise<Mail> {
    return { to: `${name}@acme.test`, subject: 'Welcome', text: await this.footer() };
  }
  async welcomeAgain(payload: { name: string }): Promise<Mail> {
    return { ...(await this.welcome(payload)), subject: 'Welcome again' };
  }
  async receipt({ to, id }: { to: string; id: number }): Promise<Mail> {
    return { to, data: { id } };
  }
  // The recipients come from another action.
  async reminder(payload: { to: string; id: number }): Promise<Mail> {
    const first = await this.receipt(payload);
    return { ...first, headers: {} };
  }
  async lastReminder(payload: { to: string; id: number }): Promise<Mail> {
    return this.reminder(payload);
  }
  async notice(): Promise<Mail> {
    const notice: { to: Mail['to']; subject?: string } = Object.assign({}, await mail());
    notice.to = 'ada@acme.test';
    notice.subject = 'A notice';
    return notice;
  }
  async notices(): Promise<Mail> {
    return this.notice();
  }
  // Not async, although others are.
  goodbye(payload: { name: string }): Promise<Mail> {
    return this.welcome(payload);
  }
  private async footer(): Promise<string> {
    return `Acme, ${this.period({ to: 7 })}`;
  }
  private readonly reader = { to: 'x', subject: 'y' };
  private async options({ to, subject }: { to: string; subject: string }): Promise<Partial<Mail>> {
    return { text: `${to}: ${subject}` };
  }
  private async content(): Promise<Partial<Mail>> {
    return { subject: 'Hi', text: 'Hello', ...(await this.options(this.reader)) };
  }
  private period(range: { to: number }): string {
    return String(range.to);
  }
  async other(): Promise<Mail> {
    return { to: 'ada@acme.test', ...(await this.content()) };
  }
}

it('an action that another action calls is offered, because it makes a whole mail', () => {
  expect(offeredActions(Again, [])).toEqual([
    'welcome',
    'welcomeAgain',
    'receipt',
    'reminder',
    'lastReminder',
    'notice',
    'notices',
    'goodbye',
    'other',
  ]);
});

it('an action that another action calls is offered in compiled and minified code', () => {
  // The output of TypeScript for ES2015, and of a minifier.
  class Lowered {
    welcome(p: { name: string }) {
      return Promise.resolve().then(() => ({ to: p.name, subject: 'x', text: 'y' }));
    }
    welcomeAgain(p: { name: string }) {
      return Promise.resolve(this.welcome(p)).then((first) => Object.assign({}, first, { subject: 'z' }));
    }
    signature() {
      return Promise.resolve('Acme');
    }
    signed() {
      return this.signature().then((text) => ({ to: 'a@acme.test', subject: 'x', text }));
    }
  }
  expect(offeredActions(Lowered, [])).toEqual(['welcome', 'welcomeAgain', 'signed']);
  const minified =
    'class M{async welcome(e){return{to:e.name,subject:"x",text:await this.footer()}}async again(e){return{...await this.welcome(e),subject:"z"}}async footer(){return"Acme"}}';
  // eslint-disable-next-line typescript/no-implied-eval
  const Minified = new Function(`return ${minified}`)() as typeof Again;
  expect(offeredActions(Minified, [])).toEqual(['welcome', 'again']);
});

it('methods that call each other are read once', () => {
  class Circle {
    async one(): Promise<Mail> {
      return this.two();
    }
    async two(): Promise<Mail> {
      return this.one();
    }
  }
  expect(offeredActions(Circle, [])).toEqual([]);
});
