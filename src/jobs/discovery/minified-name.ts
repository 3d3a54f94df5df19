import type { Type } from '@nestjs/common';
import { FledgeError } from '../values/errors.js';
import { shorten } from '../values/json/unsafe-value.js';

/**
 * Refuses a class name that a minifier has chosen. The next build may give it to another class, which would then receive the
 * jobs that are stored under it.
 *
 * @param name the name that the class will be stored under
 * @param decorator for the message, such as `@Job`
 * @throws FledgeError `FLEDGE_JOB_NAME_MINIFIED`
 */
export function refuseMinifiedName(
  { name, markedClass, decorator }: { name: string; markedClass: Type<object>; decorator: string },
  env: NodeJS.ProcessEnv = process.env,
): void {
  const source = Function.prototype.toString.call(markedClass);
  const isMinified = hasMinifiedNames(source, name);
  const isShort = name.length <= 2 || (name.length === 3 && isMinified);
  const isChosen = isShort && (isMinified || env.NODE_ENV === 'production');
  if (!isChosen && !/^_0x[0-9a-f]+$/i.test(name)) return;
  throw new FledgeError(
    'FLEDGE_JOB_NAME_MINIFIED',
    `A class with ${decorator}() has the name "${name}", which the build has shortened: ${shorten(source.replaceAll(/\s+/g, ' '), 120)} The next build may give this name to another class, which would then run the stored jobs. Set a name, such as ${decorator}({ name: '${decorator === '@Job' ? 'SyncJob' : 'UserMailer'}' }), or configure the build to keep class names. docs/deploy.md shows how for each bundler.`,
  );
}

/** Minified code has no whitespace around the first brace. */
const minifiedHead = /^class(?:\{|[^{]*[^\s{]\{)\S/;

/**
 * An option such as esbuild's `--keep-names` puts the class's name into the code as text. tsx minifies with that option, so its
 * short names come from the source.
 */
function hasMinifiedNames(source: string, name: string): boolean {
  return minifiedHead.test(source) && !source.includes(`"${name}"`);
}
