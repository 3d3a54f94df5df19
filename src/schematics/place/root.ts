import type { Files } from '../tree/files.js';
import { readManifest, type Manifest } from './manifests.js';

/** Returns whether the root of a tree is the root of a workspace with several packages. */
export function hasMembers(tree: Files): boolean {
  const settings = tree.exists('/pnpm-workspace.yaml') ? tree.readText('/pnpm-workspace.yaml') : '';
  return /^packages:/m.test(settings) || readManifest(tree, '/')?.workspaces !== undefined;
}

/** Returns whether Yarn is version 1. Later versions have a file of settings, or package.json names them. */
export function hasClassicYarn(tree: Files, manifest: Manifest): boolean {
  const named = [manifest, readManifest(tree, '/')].map((one) => one?.packageManager ?? '');
  return !tree.exists('/.yarnrc.yml') && !named.some((one) => /^yarn@[2-9]/.test(one));
}
