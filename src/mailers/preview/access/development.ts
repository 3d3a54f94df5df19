const environments: readonly (string | undefined)[] = [undefined, '', 'development', 'test'];

/**
 * Returns whether the pages treat the application as one in development. Every other NODE_ENV counts as production, so
 * `staging`, `prod` or a typing error does not open a page.
 */
export function isDevelopment(env: NodeJS.ProcessEnv = process.env): boolean {
  return environments.includes(env.NODE_ENV);
}
