import { posix } from 'node:path';
import type { Files } from '../tree/files.js';
import { isObject, readManifest, readObject } from './manifests.js';

/** A project of an Nx workspace. */
export interface NxProject {
  readonly name: string;
  /** Its folder in the workspace, such as `/apps/api`. */
  readonly root: string;
  readonly sourceRoot: string;
  /** The file with its targets: project.json, or package.json in its field `nx`. */
  readonly file: string;
  /** The folder of main.js, from the workspace's root, such as `dist/apps/api`. */
  readonly output: string;
}

/** The configuration of a project, as project.json has it. */
export interface NxConfig {
  readonly name?: unknown;
  readonly sourceRoot?: unknown;
  readonly targets?: unknown;
}

/** A target, such as `build`. Nx may infer it from the configuration of a bundler, and then the file has no target. */
export interface NxTarget {
  readonly executor?: unknown;
  readonly options?: unknown;
}

/** Returns the Nx project in a folder, or undefined if the folder is not a project of an Nx workspace. */
export function nxProject(tree: Files, root: string): NxProject | undefined {
  if (!tree.exists('/nx.json')) return undefined;
  const [own, manifest] = ['project.json', 'package.json'].map((name) => posix.join(root, name));
  const file = [own, manifest].find((path) => path !== undefined && tree.exists(path));
  if (file === undefined) return undefined;
  const config = nxConfig(tree, file);
  const name = [config.name, readManifest(tree, root)?.name].find((one) => typeof one === 'string');
  const sourceRoot = typeof config.sourceRoot === 'string' ? config.sourceRoot : posix.join(root, 'src');
  return {
    name: name ?? posix.basename(root),
    root,
    sourceRoot: posix.join('/', sourceRoot),
    file,
    output: outputOf(tree, root, targetOf(config, 'build')),
  };
}

export function nxConfig(tree: Files, file: string): NxConfig {
  const content = readObject<NxConfig & { nx: unknown }>(tree, file) ?? {};
  if (!file.endsWith('/package.json')) return content;
  return isObject(content.nx) ? content.nx : {};
}

export function targetOf({ targets }: NxConfig, name: string): NxTarget {
  const target = isObject(targets) ? targets[name] : undefined;
  return isObject(target) ? target : {};
}

/** Returns the configuration of a bundler in a project's folder. */
export function bundlerConfig(tree: Files, root: string): string | undefined {
  const endings = ['js', 'ts', 'cjs', 'mjs', 'cts', 'mts'];
  return ['webpack', 'rspack']
    .flatMap((name) => endings.map((ending) => posix.join(root, `${name}.config.${ending}`)))
    .find((path) => tree.exists(path));
}

function outputOf(tree: Files, root: string, { executor, options }: NxTarget): string {
  const config = bundlerConfig(tree, root);
  // Two usual forms: join(__dirname, 'dist') and join(__dirname, '../../dist/apps/api').
  const inConfig = config && /\(\s*__dirname\s*,\s*['"]([\w./-]+)['"]\s*\)/.exec(tree.readText(config))?.[1];
  const given: Record<string, unknown> = isObject(options) ? options : {};
  const { outputPath, main, outputFileName } = given;
  if (typeof outputPath !== 'string')
    return inConfig ? posix.join(root, inConfig).slice(1) : posix.join('dist', root);
  const folder = posix.normalize(
    outputPath.replace('{workspaceRoot}/', '').replace('{projectRoot}', root.slice(1)),
  );
  if (typeof outputFileName === 'string') return posix.join(folder, posix.dirname(outputFileName));
  // A compiler that bundles nothing keeps the folders.
  const keepsFolders = /:(?:tsc|swc)$/.test(String(executor)) && typeof main === 'string';
  return keepsFolders ? posix.join(folder, posix.relative(root.slice(1), posix.dirname(main))) : folder;
}
