import { posix } from 'node:path';
import type { Application } from '../application.js';
import { isObject } from '../place/manifests.js';
import { bundlerConfig, targetOf, nxConfig, type NxProject, type NxTarget } from '../place/nx-project.js';
import { addPluginEntry } from './nx-plugin.js';

/**
 * Makes an Nx project compile main-worker.ts too, and adds targets that start a worker.
 *
 * @returns notes for the user
 */
export async function addNxTargets(app: Application): Promise<string[]> {
  const { nx } = app.place;
  if (!nx) return [];
  const config = nxConfig(app.tree, nx.file);
  const build = targetOf(config, 'build');
  const inPlugin = await inBundlerConfig(app, nx);
  const added = inPlugin ? undefined : entryIn(build, posix.join(app.sourceRoot, 'main-worker.ts').slice(1));
  const targets = isObject(config.targets) ? config.targets : {};
  const worker = `node ${app.compiled('main-worker')}`;
  const next = {
    ...targets,
    ...(added ? { build: { ...build, options: added } } : {}),
    ...missing(targets, {
      worker: { command: worker, dependsOn: ['build'] },
      // `nx serve` compiles on each change, and then node starts the worker again.
      'serve-worker': { command: worker.replace('node ', 'node --watch '), dependsOn: ['build'] },
    }),
  };
  const notes = await writeTargets(app, nx, next);
  if (inPlugin?.note !== undefined) return [...notes, inPlugin.note];
  return inPlugin || added || compilesAll(build) ? notes : [...notes, noteOn(app, nx)];
}

interface InPlugin {
  readonly note?: string;
}

/** Edits the configuration of webpack or rspack, if it has a plugin of Nx with the entrypoints. */
async function inBundlerConfig(app: Application, { root }: NxProject): Promise<InPlugin | undefined> {
  const path = bundlerConfig(app.tree, root);
  if (path === undefined || !/NxApp(?:Webpack|Rspack)Plugin\(/.test(app.tree.readText(path)))
    return undefined;
  const source = app.source(path);
  const entryPath = posix.join(app.sourceRoot, 'main-worker.ts').slice(1);
  const edited = source ? addPluginEntry(source, entryPath) : { refused: 'TypeScript 5 or 6 was not found' };
  if ('text' in edited) {
    await app.change(path, edited.text);
    return {};
  }
  return {
    note: `${path.slice(1)} was not changed: ${edited.refused}. Add additionalEntryPoints: [{ entryName: 'main-worker', entryPath: '${entryPath}' }] to the options of Nx's plugin.`,
  };
}

/** Returns the options of a target `build` with the entrypoint, or undefined if its executor takes no entrypoints. */
function entryIn({ executor, options }: NxTarget, entryPath: string): object | undefined {
  const kind = /:(webpack|rspack|esbuild)$/.exec(String(executor))?.[1];
  if (kind === undefined || !isObject(options)) return undefined;
  const given: unknown[] = Array.isArray(options.additionalEntryPoints) ? options.additionalEntryPoints : [];
  if (JSON.stringify(given).includes('main-worker')) return options;
  const entry = kind === 'esbuild' ? entryPath : { entryName: 'main-worker', entryPath };
  return { ...options, additionalEntryPoints: [...given, entry] };
}

const compilesAll = ({ executor }: NxTarget): boolean => /:(?:tsc|swc)$/.test(String(executor));

async function writeTargets(app: Application, { file }: NxProject, targets: object): Promise<string[]> {
  const before = parsed(app.tree.readText(file));
  if (!before)
    return [
      `${file.slice(1)} was not changed, because it contains comments. Set these targets in it:\n${JSON.stringify(targets, null, 2)}`,
    ];
  const after = file.endsWith('/package.json')
    ? { ...before, nx: { ...(isObject(before.nx) ? before.nx : {}), targets } }
    : { ...before, targets };
  if (JSON.stringify(after) !== JSON.stringify(before))
    await app.change(file, `${JSON.stringify(after, null, 2)}\n`);
  return [];
}

function parsed(text: string): Record<string, unknown> | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return isObject(value) ? value : undefined;
  } catch {
    return undefined;
  }
}

function missing(present: object, wanted: Readonly<Record<string, object>>): Record<string, object> {
  return Object.fromEntries(Object.entries(wanted).filter(([name]) => !Object.hasOwn(present, name)));
}

function noteOn(app: Application, { name }: NxProject): string {
  const worker = posix.join(app.sourceRoot, 'main-worker.ts').slice(1);
  return `The build of ${name} was not changed, because its bundler is unknown. The worker has its own entrypoint, so compile ${worker} to ${app.compiled('main-worker')} too.`;
}
