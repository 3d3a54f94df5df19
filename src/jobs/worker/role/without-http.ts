import { AbstractHttpAdapter } from '@nestjs/core';
import { FledgeError } from '../../values/errors.js';

/** Fields that hardly anything but an HTTP adapter has. */
const ownFields: ReadonlySet<string> = new Set(
  `getHttpServer setHttpServer httpServer initHttpServer setViewEngine setBaseViewsDir useStaticAssets useBodyParser enableCors
    getRequestHostname getRequestMethod getRequestUrl createMiddlewareFactory applyVersionFilter registerParserMiddleware
    setNotFoundHandler setErrorHandler setOnRouteTriggered getOnRouteTriggered setOnRequestHook setOnResponseHook
    registerSecurityHook setCookieSigner`.split(/\s+/),
);
/** Other fields of the adapters, which other objects have too, such as `get` and `delete`. */
const commonFields: ReadonlySet<string> = new Set([
  ...Object.getOwnPropertyNames(AbstractHttpAdapter.prototype),
  ...'instance getType getHeader setHeader appendHeader reply redirect render status end register inject'.split(
    ' ',
  ),
]);

const reads = "(reading '";
const destructures = "Cannot destructure property '";

/**
 * In a worker `HttpAdapterHost.httpAdapter` is null. Returns an error that says what to do if the boot's error comes from that, or
 * may come from that, or else the error itself.
 */
export function explainMissingHttp(error: unknown): unknown {
  if (!(error instanceof TypeError)) return error;
  const field = fieldOfNothing(error.message);
  if (field === undefined) return error;
  const isOwn = ownFields.has(field);
  // An undefined value with a common field is a mistake of the application.
  if (!isOwn && !(commonFields.has(field) && isOfNull(error.message))) return error;
  const { place, module = 'TheModule' } = placeOf(error);
  const at = place === undefined ? '' : `, in ${place}`;
  const what = withoutFullStop(error.message);
  const why = 'A worker has no HTTP server, so HttpAdapterHost.httpAdapter is null.';
  const fix = `import the module only in web processes: imports: [onlyInWeb(${module})]. Or return early there: if (isWorkerProcess()) return;`;
  const message = isOwn
    ? `The application uses the HTTP server while it boots${at}: ${what}. ${why} To fix it, ${fix}`
    : `The application failed while it was booting${at}: ${what}. ${why} If this null value is the adapter, ${fix}`;
  return new FledgeError('FLEDGE_WORKER_WITHOUT_HTTP', message, { cause: error });
}

/** V8 writes `Cannot read properties of null (reading 'get')`, and `… as it is null.` */
function isOfNull(message: string): boolean {
  return message.includes(`properties of null ${reads}`) || message.endsWith('as it is null.');
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
function placeOf({ stack = '' }: Error): { readonly place?: string; readonly module?: string } {
  const frames = stack
    .split('\n')
    .map((line) => line.trim())
    .filter((line) => line.startsWith('at '))
    .map((line) => line.replace('at ', '').replace('async ', '').replace('new ', ''));
  const [place] = frames;
  if (place === undefined) return {};
  const module = frames.map((frame) => frame.split(/[ .]/, 1)[0]).find((name) => name?.endsWith('Module'));
  return { place, ...(module === undefined ? {} : { module }) };
}
