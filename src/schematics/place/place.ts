import { posix } from 'node:path';
import type { Files } from '../tree/files.js';
import { packageFolder, readManifest, upward } from './manifests.js';
import { nestProjects, type NestProject } from './nest-projects.js';
import { nxProject, type NxProject } from './nx-project.js';

/** Where an application is in its workspace. All paths begin at the root of the tree. */
export interface Place {
  /** The folder of the package.json with its packages and scripts, such as `/` or `/apps/server`. */
  readonly folder: string;
  readonly sourceRoot: string;
  /** Undefined if another command than Nest's builds the application. */
  readonly nest: NestProject | undefined;
  /** Undefined if the application is not built by Nx. */
  readonly nx: NxProject | undefined;
}

interface Candidate extends Place {
  /** Its own folder, such as `/apps/shop`. */
  readonly directory: string;
  /** The values of `--project` that mean it. */
  readonly names: readonly string[];
}

/**
 * Returns the place of the application that a folder contains.
 *
 * @param given its source root, from the folder. By default nest-cli.json names it
 */
export function placeIn(tree: Files, folder: string, given?: string): Place {
  const sourceRoot = posix.join(folder, given ?? nestProjects(tree, folder)?.[0]?.sourceRoot ?? 'src');
  for (const at of upward(posix.dirname(sourceRoot))) {
    const projects = nestProjects(tree, at);
    const nest = projects?.find((one) => posix.join(at, one.sourceRoot) === sourceRoot) ?? projects?.[0];
    if (nest) return { folder: at, sourceRoot, nest, nx: undefined };
    // The root of an Nx workspace has a package.json too. It is a project only if it has sources.
    const nx = at !== '/' || sourceRoot === '/src' ? nxProject(tree, at) : undefined;
    if (nx) return { folder: packageFolder(tree, at) ?? at, sourceRoot, nest: undefined, nx };
  }
  const own = packageFolder(tree, posix.dirname(sourceRoot)) ?? folder;
  return { folder: own, sourceRoot, nest: undefined, nx: undefined };
}

/**
 * Finds the application that a command means.
 *
 * @param at the folder in the tree where the command runs
 * @param project the value of `--project`: a name in nest-cli.json, project.json or package.json, or a folder
 * @throws Error if there are several, or none with this name
 */
export function findPlace(tree: Files, at: string, project?: string): Place {
  const all = [...candidates(tree, '/', 0)];
  if (project !== undefined) {
    const named = all.filter(({ names }) => names.includes(project.replace(/^\.?\/|\/$/g, '')));
    return only(named, all, `There is no application ${project}`);
  }
  const around = all.filter(({ directory }) => isIn(at, directory));
  const nearest = around.toSorted((a, b) => b.directory.length - a.directory.length)[0];
  if (nearest && nearest.directory !== '/') return nearest;
  const below = all.filter(({ directory }) => isIn(directory, at));
  const usual = below.find(({ folder, nest }) => folder === at && nest?.isDefault);
  const found = usual ?? nearest;
  if (found) return found;
  return all.length === 0 ? placeIn(tree, at) : only(below, all, 'No application is in this folder');
}

const isIn = (folder: string, other: string): boolean =>
  other === '/' || folder === other || folder.startsWith(`${other}/`);

function only(found: readonly Candidate[], all: readonly Candidate[], problem: string): Place {
  const [first, second] = found;
  if (first && !second) return first;
  const names = all.map(({ names: [name = ''] }) => name);
  throw new Error(
    names.length === 0
      ? `${problem}. No src/main.ts that calls NestFactory was found. Pass its folder: --source-root=<folder>`
      : `${found.length > 1 ? 'Several applications were found' : problem}. Pass one of these names: ${names.map((name) => `--project=${name}`).join(', ')}`,
  );
}

const skipped = /^(?:node_modules|dist|build|out|coverage|tmp|src|test|tests|e2e)$|^\./;

/** Yields all applications of a tree. */
function* candidates(tree: Files, folder: string, depth: number): Generator<Candidate> {
  const found = candidatesIn(tree, folder);
  yield* found;
  // In the monorepo mode, the folders below have no files of their own for tools.
  if (depth === 4 || found.some(({ nest }) => nest?.name !== undefined)) return;
  for (const name of tree.getDir(folder).subdirs)
    if (!skipped.test(name)) yield* candidates(tree, posix.join(folder, name), depth + 1);
}

function candidatesIn(tree: Files, folder: string): Candidate[] {
  const packages = packageFolder(tree, folder);
  if (packages === undefined) return [];
  const starts = (sourceRoot: string): boolean => {
    const main = posix.join(sourceRoot, 'main.ts');
    return tree.exists(main) && tree.readText(main).includes('NestFactory');
  };
  const manifest = readManifest(tree, folder);
  const projects = nestProjects(tree, folder);
  const nx = projects ? undefined : nxProject(tree, folder);
  const places = (projects ?? [undefined]).map((nest): Candidate => {
    const directory = posix.join(folder, nest?.root ?? '');
    const sourceRoot = nx?.sourceRoot ?? posix.join(folder, nest?.sourceRoot ?? 'src');
    const names = [nest?.name, nx?.name, manifest?.name, directory.slice(1), posix.basename(directory)];
    return {
      folder: projects ? folder : packages,
      directory,
      sourceRoot,
      nest,
      nx,
      names: [...new Set(names.flatMap((name) => (name ? [name] : [])))],
    };
  });
  return places.filter(({ sourceRoot }) => starts(sourceRoot));
}
