import { mkdirSync, readFileSync, readdirSync, statSync, writeFileSync } from 'node:fs';
import { dirname, join, posix } from 'node:path';
import { folderOf, type Files, type Folder, type Names } from './files.js';

/** A file that a schematic made or changed. */
export interface Change {
  /** From the root of the tree, without a leading slash. */
  readonly path: string;
  readonly kind: 'create' | 'update';
}

/** The files in a folder of this machine, for `fledge init`. Changes stay in memory until `write`. */
export class DiskFiles implements Files {
  private readonly changed = new Map<string, string>();

  constructor(private readonly root: string) {}

  exists(path: string): boolean {
    return this.changed.has(absolute(path)) || this.isOnDisk(path);
  }

  readText(path: string): string {
    return this.changed.get(absolute(path)) ?? readFileSync(join(this.root, path), 'utf8');
  }

  create(path: string, text: string): void {
    this.changed.set(absolute(path), text);
  }

  overwrite(path: string, text: string): void {
    this.changed.set(absolute(path), text);
  }

  getDir(path: string): Folder {
    return folderOf(absolute(path), (at) => this.list(at));
  }

  /** Returns the changes, sorted by path. */
  get changes(): Change[] {
    return [...this.changed.keys()]
      .map((path): Change => ({ path: path.slice(1), kind: this.isOnDisk(path) ? 'update' : 'create' }))
      .toSorted((a, b) => (a.path < b.path ? -1 : 1));
  }

  /** Writes all changes to the disk. */
  write(): void {
    for (const [path, text] of this.changed) {
      const file = join(this.root, path);
      mkdirSync(dirname(file), { recursive: true });
      writeFileSync(file, text);
    }
  }

  private isOnDisk(path: string): boolean {
    return statSync(join(this.root, path), { throwIfNoEntry: false })?.isFile() === true;
  }

  private list(path: string): Names {
    const folder = join(this.root, path);
    const isFolder = statSync(folder, { throwIfNoEntry: false })?.isDirectory() === true;
    const entries = isFolder ? readdirSync(folder, { withFileTypes: true }) : [];
    const prefix = path === '/' ? '/' : `${path}/`;
    const added = [...this.changed.keys()]
      .filter((file) => file.startsWith(prefix))
      .map((file) => file.slice(prefix.length).split('/'));
    const names = (isFile: boolean): string[] =>
      [
        ...new Set([
          ...entries.filter((entry) => entry.isFile() === isFile).map(({ name }) => name),
          ...added.filter(({ length }) => (length === 1) === isFile).map(([name = '']) => name),
        ]),
      ].toSorted();
    return { files: names(true), folders: names(false) };
  }
}

const absolute = (path: string): string => posix.join('/', path);
