export type Next<Result> = () => Promise<Result>;
export type Middleware<Context, Result> = (context: Context, next: Next<Result>) => Promise<Result>;

/** Makes one function of a chain. The first link is the outermost, and `core` is the innermost. */
export function compose<Context, Result>(
  chain: readonly Middleware<Context, Result>[],
  core: (context: Context) => Promise<Result>,
): (context: Context) => Promise<Result> {
  return chain.reduceRight<(context: Context) => Promise<Result>>(
    (next, link) => async (context) => link(context, () => next(context)),
    core,
  );
}
