import { AbstractHttpAdapter } from '@nestjs/core';
import { FledgeError } from '../../values/errors.js';

/** The adapter's own methods, and those that the adapters of Express and Fastify add. */
const adapterFields: ReadonlySet<string> = new Set([
  ...Object.getOwnPropertyNames(AbstractHttpAdapter.prototype),
  ...`httpServer instance getType getHeader setHeader getRequestHostname getRequestMethod getRequestUrl reply redirect render
    status setViewEngine useStaticAssets enableCors setBaseViewsDir useBodyParser register createMiddlewareFactory
    applyVersionFilter inject`.split(/\s+/),
]);

const reads = "(reading '";
const destructures = "Cannot destructure property '";

/**
 * In a worker `HttpAdapterHost.httpAdapter` is null. Returns an error that says what to do if the boot's error comes from that,
 * or else the error itself.
 */
export function explainMissingHttp(error: unknown): unknown {
  if (!(error instanceof TypeError)) return error;
  const field = fieldOfNothing(error.message);
  if (field === undefined || !adapterFields.has(field)) return error;
  const where = placeOf(error);
  const module = where?.module ?? 'TheModule';
  return new FledgeError(
    'FLEDGE_WORKER_WITHOUT_HTTP',
    `The application uses the HTTP server while it boots${where ? `, in ${where.place}` : ''}: ${withoutFullStop(error.message)}. A worker has no HTTP server, so HttpAdapterHost.httpAdapter is null. Import the module only in web processes: imports: [onlyInWeb(${module})]. Or return early there: if (isWorkerProcess()) return;`,
    { cause: error },
  );
}

/** Returns the name of the field that code has read of null or undefined. The messages are V8's. */
function fieldOfNothing(message: string): string | undefined {
  const start = [reads, destructures].find((text) => message.includes(text));
  return start === undefined ? undefined : message.split(start, 2)[1]?.split("'", 1)[0];
}

function withoutFullStop(message: string): string {
  return message.endsWith('.') ? message.slice(0, -1) : message;
}

/** Returns the topmost function of the stack, such as `StaticModule.onModuleInit (/app/dist/static.module.js:12:3)`. */
function placeOf({ stack = '' }: Error): { place: string; module: string | undefined } | undefined {
  const frames = stack
    .split('\n')
    .map((line) => line.trim())
    .filter((line) => line.startsWith('at '))
    .map((line) => line.replace('at ', '').replace('async ', '').replace('new ', ''));
  const [place] = frames;
  if (place === undefined) return undefined;
  const names = frames.map((frame) => frame.split(/[ .]/, 1)[0]);
  return { place, module: names.find((name) => name?.endsWith('Module')) };
}
