import type { Application } from '../application.js';
import { readManifest } from '../place/manifests.js';

const file = '/pnpm-workspace.yaml';

const lines = [
  '  # An optional part of bullmq. pnpm 11 and later install nothing until its install script is allowed or refused.',
  '  msgpackr-extract: false',
];

/** Settings of pnpm that also decide about install scripts. */
const otherSettings =
  /^(?:onlyBuiltDependencies|neverBuiltDependencies|ignoredBuiltDependencies|dangerouslyAllowAllBuilds|strictDepBuilds) *:/m;

/**
 * Refuses the install script of msgpackr-extract, which bullmq brings and which works without it. Since version 11,
 * `pnpm install` fails with `ERR_PNPM_IGNORED_BUILDS` while a script is neither allowed nor refused, in the image too.
 *
 * @returns notes
 */
export async function refusePnpmBuild(app: Application): Promise<string[]> {
  if (app.packageManager !== 'pnpm') return [];
  const text = app.read(file);
  if (text?.includes('msgpackr-extract')) return [];
  const version = pnpmVersion(app);
  // Older versions have no such setting, and version 9 accepts no file without `packages`.
  if (version !== undefined && version < 10) return [];
  if (app.above === undefined) {
    if (text === undefined) {
      await app.add(file, `allowBuilds:\n${lines.join('\n')}\n`);
      return [];
    }
    const changed = otherSettings.test(text) ? undefined : withSetting(text);
    if (changed !== undefined) {
      app.rewrite(file, changed);
      return [];
    }
  }
  return [
    'pnpm 11 and later may refuse to install bullmq. Add these lines to pnpm-workspace.yaml, or approve the script:\n  allowBuilds:\n    msgpackr-extract: false',
  ];
}

/** @returns undefined if the setting is there in a form that can't be extended safely */
function withSetting(text: string): string | undefined {
  const newline = text.includes('\r\n') ? '\r\n' : '\n';
  const added = lines.join(newline);
  if (!/^allowBuilds *:/m.test(text))
    return `${text}${text === '' || text.endsWith('\n') ? '' : newline}allowBuilds:${newline}${added}${newline}`;
  const block = /^(allowBuilds:[ \t]*\r?\n)( {2}\S)/m;
  if (!block.test(text)) return undefined;
  return text.replace(block, (_, head: string, next: string) => `${head}${added}${newline}${next}`);
}

/** Returns the major version of pnpm that package.json names, or of the pnpm that runs this command. */
function pnpmVersion(app: Application): number | undefined {
  const named = [app.manifest, readManifest(app.tree, '/')].map((one) => one?.packageManager ?? '');
  const found = [...named, process.env.npm_config_user_agent ?? '']
    .map((one) => /^pnpm[@/](\d+)/.exec(one)?.[1])
    .find((one) => one !== undefined);
  return found === undefined ? undefined : Number(found);
}
