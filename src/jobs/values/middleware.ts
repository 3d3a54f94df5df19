export type Next<Result> = () => Promise<Result>;
export type Middleware<Context, Result> = (context: Context, next: Next<Result>) => Promise<Result>;

/** One function out of many: the first is outermost, `core` innermost. */
export function compose<Context, Result>(
  chain: readonly Middleware<Context, Result>[],
  core: (context: Context) => Promise<Result>,
): (context: Context) => Promise<Result> {
  return chain.reduceRight<(context: Context) => Promise<Result>>(
    (next, link) => async (context) => link(context, () => next(context)),
    core,
  );
}
