import { posix } from 'node:path';
import type { Files } from '../tree/files.js';
import { isObject, readObject } from './manifests.js';

/** An application of nest-cli.json. Without Nest's monorepo mode there is one, and it has no name. */
export interface NestProject {
  readonly name: string | undefined;
  /** Whether `nest build` and `nest start` mean this application if no name is given. */
  readonly isDefault: boolean;
  /** From the folder of nest-cli.json, such as `apps/shop`. Empty without the monorepo mode. */
  readonly root: string;
  /** From the folder of nest-cli.json, such as `apps/shop/src`. */
  readonly sourceRoot: string;
  /** `tsc`, `swc`, `webpack` or `rspack`. The last two compile only the entrypoints that they are given. */
  readonly builder: string;
  /** The builder's own configuration, from the folder of nest-cli.json. */
  readonly configPath: string | undefined;
}

interface Compiler {
  readonly builder?: unknown;
  readonly webpack?: unknown;
  readonly webpackConfigPath?: unknown;
}

interface Entry {
  readonly type?: unknown;
  readonly root?: unknown;
  readonly sourceRoot?: unknown;
  readonly compilerOptions?: unknown;
}

interface Config extends Entry {
  readonly projects?: unknown;
}

const names = ['nest-cli.json', '.nest-cli.json', '.nestcli.json', 'nest.json'];

/** Returns the applications of the nest-cli.json in a folder, the default one first. Returns undefined without such a file. */
export function nestProjects(tree: Files, folder: string): NestProject[] | undefined {
  const file = names.map((name) => posix.join(folder, name)).find((path) => tree.exists(path));
  if (file === undefined) return undefined;
  const config = readObject<Config>(tree, file) ?? {};
  const projects = isObject(config.projects) ? Object.entries(config.projects) : [];
  const applications = projects.flatMap(([name, entry]) =>
    isObject(entry) && entry.type !== 'library' ? [projectOf(name, entry, config)] : [],
  );
  const own = projectOf(undefined, {}, config);
  if (applications.length === 0) return [own];
  const isOwn = ({ sourceRoot }: NestProject): boolean => sourceRoot === own.sourceRoot;
  return applications
    .map((one) => ({ ...one, isDefault: isOwn(one) }))
    .toSorted((a, b) => Number(b.isDefault) - Number(a.isDefault));
}

function projectOf(name: string | undefined, entry: Entry, config: Config): NestProject {
  const root = textOf(entry.root) ?? (name === undefined ? '' : textOf(config.root)) ?? '';
  const sourceRoot =
    textOf(entry.sourceRoot) ?? (name === undefined ? textOf(config.sourceRoot) : undefined) ?? 'src';
  const compilers: readonly Compiler[] = [entry.compilerOptions, config.compilerOptions].filter(isObject);
  const builder = builderOf(compilers);
  return { name, isDefault: true, root, sourceRoot: posix.normalize(sourceRoot), ...builder };
}

/** An application's own setting overrides the one for all applications, setting by setting. */
function builderOf(compilers: readonly Compiler[]): Pick<NestProject, 'builder' | 'configPath'> {
  const first = (name: keyof Compiler): unknown =>
    compilers.map((one) => one[name]).find((value) => value !== undefined);
  const given = first('builder');
  const { type, options } = isObject(given) ? given : { type: given, options: undefined };
  const path = first('webpackConfigPath') ?? (isObject(options) ? options.configPath : undefined);
  return {
    builder: first('webpack') === true ? 'webpack' : (textOf(type) ?? 'tsc'),
    configPath: textOf(path),
  };
}

const textOf = (value: unknown): string | undefined => (typeof value === 'string' ? value : undefined);
