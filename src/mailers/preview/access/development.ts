const environments: readonly (string | undefined)[] = [undefined, '', 'development', 'test'];

/**
 * Returns whether the application runs in development, as far as pages are concerned. Every other NODE_ENV counts as
 * production, so that `staging`, `prod` or a typing error does not open a page.
 */
export function isDevelopment(env: NodeJS.ProcessEnv = process.env): boolean {
  return environments.includes(env.NODE_ENV);
}
