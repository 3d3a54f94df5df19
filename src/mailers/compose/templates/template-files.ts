import { readdir, readFile, realpath, stat } from 'node:fs/promises';
import { join, relative, resolve, sep } from 'node:path';
import { FledgeError } from '../../../jobs/index.js';
import { isInside } from '../../mail/path-inside.js';
import { nameTemplate, TemplateSet } from './template-set.js';

interface Found {
  readonly path: string;
  readonly file: string;
  /** Changes when the file does. */
  readonly stamp: string;
}

/** Reads the templates' directory: once, or whenever something in it has changed. */
export class TemplateFiles {
  /** Absolute. */
  readonly directory: string;
  private set?: Promise<TemplateSet>;
  private stamp = '';
  private looking?: Promise<Found[]>;

  /**
   * @param isRequired whether it is an error if the directory is not there
   * @param extension of the templates, without the dot; other files are left alone
   * @param watches whether to look for changes each time
   */
  constructor(
    directory: string,
    private readonly isRequired: boolean,
    private readonly extension: string,
    private readonly watches: boolean,
  ) {
    this.directory = resolve(directory);
  }

  /** @throws FledgeError `FLEDGE_MAIL_TEMPLATE_MISSING` */
  async current(): Promise<TemplateSet> {
    if (this.set && !this.watches) return this.set;
    // Mails that are made at the same time look once.
    this.looking ??= this.find().finally(() => (this.looking = undefined));
    const found = await this.looking;
    const stamp = found.map((one) => one.stamp).join('\n');
    if (this.set && stamp === this.stamp) return this.set;
    this.set = this.read(found);
    // A file that goes away while it is read: the next mail looks again.
    this.stamp = await this.set.then(
      () => stamp,
      () => 'unread',
    );
    return this.set;
  }

  private async read(found: readonly Found[]): Promise<TemplateSet> {
    const templates = found.map(async ({ path, file }) =>
      nameTemplate(path, this.extension, await readFile(file, 'utf8')),
    );
    return new TemplateSet(await Promise.all(templates));
  }

  private async find(): Promise<Found[]> {
    const root = await realpath(this.directory).catch(() => undefined);
    if (root === undefined) {
      if (!this.isRequired) return [];
      throw new FledgeError(
        'FLEDGE_MAIL_TEMPLATE_MISSING',
        `The templates' directory ${this.directory} is not there. Set templates.directory of MailersModule.forRoot, relative to the directory that the process starts in; an image must contain it.`,
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

/** A link that leads out of the directory is no template, nor is a folder. */
async function describe(root: string, path: string, isLink: boolean): Promise<Found | undefined> {
  const file = isLink ? await realpath(path).catch(() => undefined) : path;
  if (file === undefined || !isInside(root, file)) return undefined;
  // It may be gone again.
  const stats = await stat(file).catch(() => undefined);
  if (!stats?.isFile()) return undefined;
  const name = relative(root, path).split(sep).join('/');
  return { path: name, file, stamp: `${name} ${stats.mtimeMs} ${stats.size} ${stats.ino}` };
}
