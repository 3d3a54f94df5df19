import { Injectable } from '@nestjs/common';
import { DiscoveryService, MetadataScanner } from '@nestjs/core';
import { jobOptionsOf } from '../job/job.js';
import type { Finding } from '../values/finding.js';
import { AdoptedMethods } from './adopted-methods.js';
import { consumers, explain, type Metadata } from './consumers.js';
import { gatewaysWithoutServer } from './gateways.js';
import { Places } from './places.js';

type Wrapper = ReturnType<DiscoveryService['getProviders']>[number];

/** Something that a worker runs by itself, so that its dependencies are needed in a worker. */
const bullmqProcessor = 'bullmq:processor_metadata';
const scheduled = 'SCHEDULER_TYPE';

/**
 * Finds what other packages run in a worker as they do in the web process, because both boot the same modules. Says nothing about
 * what the application has bound to a process with `provideOnlyInWeb` and the like.
 */
@Injectable()
export class EveryProcess {
  private readonly scanner = new MetadataScanner();

  constructor(
    private readonly discovery: DiscoveryService,
    private readonly places: Places,
    private readonly adopted: AdoptedMethods,
  ) {}

  /** The warnings of a worker. Call it after Nest has created all providers. */
  findings(): Finding[] {
    const described = this.wrappers().map((wrapper) => ({ wrapper, metadata: this.describe(wrapper) }));
    const undecided = described.filter(({ wrapper }) => this.places.of(wrapper) === undefined);
    const repeated = consumers.flatMap((consumer): Finding[] => {
      const found = undecided.filter(({ metadata }) => consumer.isOn(metadata));
      const names = [...new Set(found.map(({ metadata }) => metadata.name))];
      if (names.length === 0) return [];
      return [{ severity: 'warning', code: consumer.code, message: explain(consumer, names) }];
    });
    const runners = described.filter(({ metadata }) => runs(metadata)).map(({ wrapper }) => wrapper);
    return [...this.adopted.runEverywhere(), ...repeated, ...gatewaysWithoutServer(runners)];
  }

  /** The providers that exist here, each instance once. An alias (`useExisting`) has the same instance. */
  private wrappers(): Wrapper[] {
    const byInstance = new Map<unknown, Wrapper>();
    for (const wrapper of this.discovery.getProviders()) {
      const instance: unknown = wrapper.instance;
      if (typeof instance !== 'object' || instance === null || byInstance.has(instance)) continue;
      byInstance.set(instance, wrapper);
    }
    return [...byInstance.values()];
  }

  private describe({ instance }: Wrapper): Metadata {
    const prototype: unknown = Object.getPrototypeOf(instance);
    if (typeof prototype !== 'object' || prototype === null || prototype === Object.prototype) return nothing;
    const methods = this.scanner.getAllMethodNames(prototype).flatMap((name) => {
      const method: unknown = Reflect.get(prototype, name);
      return typeof method === 'function' ? method : [];
    });
    const { constructor } = prototype;
    return { type: constructor, name: constructor.name, methods };
  }
}

const nothing: Metadata = { type: Object, name: '', methods: [] };

/** Whether a worker runs it by itself. */
function runs({ type, methods }: Metadata): boolean {
  return (
    jobOptionsOf(type) !== undefined ||
    Reflect.hasMetadata(bullmqProcessor, type) ||
    methods.some((method) => Reflect.hasMetadata(scheduled, method)) ||
    consumers.some(({ isOn }) => isOn({ type, name: '', methods }))
  );
}
