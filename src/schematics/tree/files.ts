/**
 * The files of an application, as the schematics see them. Paths begin with `/`, which is the root of the tree. Nothing is
 * written until the schematic has finished. The Tree of Angular's schematics, on which `nest add` runs, has these methods.
 */
export interface Files {
  /** Returns whether there is a file. A folder is not a file. */
  exists(path: string): boolean;
  readText(path: string): string;
  create(path: string, text: string): void;
  overwrite(path: string, text: string): void;
  /** Returns a folder, which is empty if it does not exist. */
  getDir(path: string): Folder;
}

/** A folder of a tree. */
export interface Folder {
  readonly path: string;
  /** The names of its files. */
  readonly subfiles: readonly string[];
  /** The names of its folders. */
  readonly subdirs: readonly string[];
  /** Returns a folder in it. */
  dir(name: string): Folder;
}

/** The names in a folder. */
export interface Names {
  readonly files: readonly string[];
  readonly folders: readonly string[];
}

/** Makes a folder from a function that lists the names in it. */
export function folderOf(path: string, list: (path: string) => Names): Folder {
  const { files, folders } = list(path);
  return {
    path,
    subfiles: files,
    subdirs: folders,
    dir: (name) => folderOf(path === '/' ? `/${name}` : `${path}/${name}`, list),
  };
}
