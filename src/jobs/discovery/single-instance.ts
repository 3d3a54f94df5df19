import type { Type } from '@nestjs/common';
import { FledgeError } from '../values/errors.js';
import type { MarkedProvider } from './decorated-providers.js';

/**
 * Refuses a class that two modules provide. Nest makes an instance for each, and only one of them would run jobs.
 *
 * @throws FledgeError `FLEDGE_JOB_PROVIDED_TWICE`
 */
export function refuseSecondInstances(providers: readonly MarkedProvider<unknown>[]): void {
  const first = new Map<Type, MarkedProvider<unknown>>();
  for (const provider of providers) {
    const other = first.get(provider.markedClass);
    if (!other) first.set(provider.markedClass, provider);
    else if (!isSame(other, provider)) throw providedTwice(provider.markedClass.name, other, provider);
  }
}

/** An alias, or a factory that returns the other provider's instance, makes no second one. */
function isSame(one: MarkedProvider<unknown>, other: MarkedProvider<unknown>): boolean {
  if (one.isAlias || other.isAlias) return true;
  return one.isStatic && other.isStatic && one.instance(undefined) === other.instance(undefined);
}

function providedTwice(
  name: string,
  { moduleName: one }: MarkedProvider<unknown>,
  { moduleName: other }: MarkedProvider<unknown>,
): FledgeError {
  const where =
    one === other
      ? `of ${one}, which is imported twice with different options,`
      : `of both ${one} and ${other},`;
  return new FledgeError(
    'FLEDGE_JOB_PROVIDED_TWICE',
    `${name} is in the providers ${where} so it has two instances, and only one of them would run jobs. Keep it in the providers of one module. A module that only enqueues ${name} does not need it: it imports the class and injects JobsService.`,
  );
}
