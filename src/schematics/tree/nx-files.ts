import { folderOf, type Files } from './files.js';

/** The part of the Tree of @nx/devkit that the generators use. Its paths have no leading slash. */
export interface NxTree {
  /** The workspace's folder on this machine. */
  readonly root: string;
  exists(path: string): boolean;
  isFile(path: string): boolean;
  read(path: string, encoding: 'utf-8'): string | null;
  write(path: string, text: string): void;
  children(path: string): string[];
}

/** Returns the files of an Nx workspace. */
export function filesOfNx(tree: NxTree): Files {
  const write = (path: string, text: string): void => tree.write(bare(path), text);
  return {
    exists: (path) => tree.exists(bare(path)) && tree.isFile(bare(path)),
    readText: (path) => tree.read(bare(path), 'utf-8') ?? '',
    create: write,
    overwrite: write,
    getDir: (path) =>
      folderOf(path, (at) => {
        const names = tree.children(bare(at));
        const isFile = (name: string): boolean => tree.isFile(bare(`${at}/${name}`));
        return { files: names.filter(isFile), folders: names.filter((name) => !isFile(name)) };
      }),
  };
}

const bare = (path: string): string => path.split('/').filter(Boolean).join('/');
