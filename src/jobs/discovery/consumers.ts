import type { FledgeErrorCode } from '../values/errors.js';
import { isObject, isText } from '../values/readers.js';

/** Something of another package that starts in each process by itself. */
export interface Consumer {
  readonly code: FledgeErrorCode;
  /** What every process does, for the message. */
  readonly does: string;
  /** Returns whether a class has it, by the metadata that the package's decorators write. */
  readonly isOn: (metadata: Metadata) => boolean;
}

/** A class and its methods, which have the metadata. */
export interface Metadata {
  readonly type: object;
  readonly name: string;
  readonly methods: readonly object[];
}

const ofClass = ({ type }: Metadata, key: string): unknown => Reflect.getMetadata(key, type);

const ofMethod = ({ methods }: Metadata, key: string | symbol): unknown[] =>
  methods.map((method): unknown => Reflect.getMetadata(key, method)).filter((value) => value !== undefined);

/** @golevelup/nestjs-rabbitmq keeps its symbol to itself, so only its description is known. */
const hasSymbol = ({ methods }: Metadata, description: string): boolean =>
  methods.some((method) =>
    Reflect.getMetadataKeys(method).some((key) => typeof key === 'symbol' && key.description === description),
  );

const sharesWork = 'FLEDGE_CONSUMER_IN_EVERY_PROCESS';
const repeatsEvents = 'FLEDGE_LISTENER_IN_EVERY_PROCESS';

/*
 * The packages are not imported, because most applications do not have them. @Processor classes of @nestjs/bullmq are not here,
 * because Fledge runs them in the worker only. WebSocket gateways and message handlers of @nestjs/microservices are not here
 * either, because an application without an HTTP server opens no port for them.
 */
export const consumers: readonly Consumer[] = [
  {
    code: sharesWork,
    does: 'takes jobs with the @Processor classes of @nestjs/bull',
    isOn: (one) =>
      ofClass(one, 'bull:module_queue') !== undefined &&
      ofMethod(one, 'bull:module_queue_process').length > 0,
  },
  {
    code: sharesWork,
    does: 'takes messages with the @RabbitSubscribe and @RabbitRPC methods of @golevelup/nestjs-rabbitmq',
    isOn: (one) => hasSymbol(one, 'RABBIT_HANDLER'),
  },
  {
    code: sharesWork,
    does: 'takes messages with the @SqsMessageHandler methods of @ssut/nestjs-sqs',
    isOn: (one) => ofMethod(one, Symbol.for('SQS_CONSUMER_METHOD')).length > 0,
  },
  {
    code: repeatsEvents,
    does: 'receives every event with the @QueueEventsListener classes of @nestjs/bullmq',
    isOn: (one) => ofClass(one, 'bullmq:queue_events_listener_metadata') !== undefined,
  },
  {
    code: repeatsEvents,
    does: 'receives every event with the @OnGlobalQueue… methods of @nestjs/bull',
    isOn: (one) =>
      ofClass(one, 'bull:module_queue') !== undefined &&
      ofMethod(one, 'bull:module_on_queue_event').some(
        (event) => isObject(event) && isText(event.eventName) && event.eventName.startsWith('global:'),
      ),
  },
];

export function explain({ code, does }: Consumer, classes: readonly string[]): string {
  const [first = ''] = classes;
  const result = code === repeatsEvents ? ', so each event is handled several times' : '';
  return `Each process, web and worker, ${does}${result}: ${classes.join(', ')}. To keep them out of web processes, use provideOnlyInWorker(${first}) in providers, or onlyInWorker(TheModule) in imports. To keep them out of workers, use provideOnlyInWeb or onlyInWeb. If every process should have them, use provideInEveryProcess(${first}), which ends this warning.`;
}
