import type { DynamicModule } from '@nestjs/common';
import { Store } from '../store/store.js';
import { bullQueueToken } from './bull-queue-token.js';

/** Adds the providers for `@InjectQueue(name)` of @nestjs/bullmq, so that code which uses BullMQ directly finds the queues. */
export function withQueues(module: DynamicModule, queues: readonly string[]): DynamicModule {
  const providers = queues.map((name) => ({
    provide: bullQueueToken(name),
    inject: [Store],
    useFactory: (store: Store) => store.engineQueue(name),
  }));
  return {
    ...module,
    global: true,
    providers: [...(module.providers ?? []), ...providers],
    exports: [...(module.exports ?? []), ...providers.map(({ provide }) => provide)],
  };
}
