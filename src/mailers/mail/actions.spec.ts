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
