import { readdir, readFile, realpath, stat } from 'node:fs/promises';
import { join, relative, resolve, sep } from 'node:path';
import { FledgeError } from '../../../jobs/index.js';
import { isInside } from '../../mail/path-inside.js';
import { nameTemplate, TemplateSet } from './template-set.js';

interface TemplateFile {
  /** Below the template directory, with slashes. */
  readonly path: string;
  /** The real path. */
  readonly file: string;
  /** Changes when the file changes. */
  readonly stamp: string;
}

/** Reads the template directory, once or after each change. */
export class TemplateFiles {
  /** Absolute. */
  readonly directory: string;
  private set?: Promise<TemplateSet>;
  private stamp = '';
  private listing?: Promise<TemplateFile[]>;

  /**
   * @param isRequired true if a missing directory is an error
   * @param extension of the templates, without the dot. Other files are ignored
   * @param watches true to look for changes each time
   */
  constructor(
    directory: string,
    private readonly isRequired: boolean,
    private readonly extension: string,
    private readonly watches: boolean,
  ) {
    this.directory = resolve(directory);
  }

  /**
   * Returns the templates in the directory.
   *
   * @throws FledgeError `FLEDGE_MAIL_TEMPLATE_MISSING`
   */
  async current(): Promise<TemplateSet> {
    if (this.set && !this.watches) return this.set;
    // Mails that are made at the same time share one listing.
    this.listing ??= this.find().finally(() => (this.listing = undefined));
    const found = await this.listing;
    const stamp = found.map((one) => one.stamp).join('\n');
    if (this.set && stamp === this.stamp) return this.set;
    this.set = this.read(found);
    // If a file was removed while it was read, the next mail reads again.
    this.stamp = await this.set.then(
      () => stamp,
      () => 'unread',
    );
    return this.set;
  }

  private async read(found: readonly TemplateFile[]): Promise<TemplateSet> {
    const templates = found.map(async ({ path, file }) =>
      nameTemplate(path, this.extension, await readFile(file, 'utf8')),
    );
    return new TemplateSet(await Promise.all(templates));
  }

  private async find(): Promise<TemplateFile[]> {
    const root = await realpath(this.directory).catch(() => undefined);
    if (root === undefined) {
      if (!this.isRequired) return [];
      throw new FledgeError(
        'FLEDGE_MAIL_TEMPLATE_MISSING',
        `The template directory does not exist: ${this.directory}. Set templates.directory of MailersModule.forRoot, relative to the directory that the process starts in. An image must contain it.`,
      );
    }
    const entries = await readdir(root, { recursive: true, withFileTypes: true });
    const found = await Promise.all(
      entries
        .filter(({ name }) => name.endsWith(`.${this.extension}`))
        .map((entry) => describe(root, join(entry.parentPath, entry.name), entry.isSymbolicLink())),
    );
    return found.filter((one) => one !== undefined).sort((a, b) => (a.path < b.path ? -1 : 1));
  }
}

/** Returns undefined for a folder, and for a link that leads out of the directory. */
async function describe(root: string, path: string, isLink: boolean): Promise<TemplateFile | undefined> {
  const file = isLink ? await realpath(path).catch(() => undefined) : path;
  if (file === undefined || !isInside(root, file)) return undefined;
  // The file may have been removed since it was listed.
  const stats = await stat(file).catch(() => undefined);
  if (!stats?.isFile()) return undefined;
  const name = relative(root, path).split(sep).join('/');
  return { path: name, file, stamp: `${name} ${stats.mtimeMs} ${stats.size} ${stats.ino}` };
}
