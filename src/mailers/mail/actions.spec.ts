import type { BeforeApplicationShutdown, OnModuleDestroy, OnModuleInit } from '@nestjs/common';
import { expect, it } from 'vitest';
import { Action, actionsOf } from './actions.js';
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
