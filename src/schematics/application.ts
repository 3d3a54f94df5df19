import { join, posix, relative, resolve } from 'node:path';
import { compiledPath } from './place/compiled.js';
import { readManifest, type Manifest } from './place/manifests.js';
import { placeIn, type Place } from './place/place.js';
import {
  lockedManager,
  managerOf,
  namedManager,
  workspaceRoot,
  type PackageManager,
} from './place/workspace.js';
import { loadPrettier, pretty, type Prettier } from './text/prettier.js';
import { inStyle, styleOf, type Style } from './text/texts.js';
import { bootedModule } from './typescript/entrypoint.js';
import { importExtension, type ImportExtension } from './typescript/import-extension.js';
import type { Files } from './tree/files.js';
import { loadTypeScript, type TypeScript } from './typescript/load.js';
import { Source } from './typescript/source.js';

export type { PackageManager } from './place/workspace.js';

const noManifest = (isInvalid: boolean): string =>
  isInvalid
    ? 'package.json is not a valid JSON object. Correct it, and run the command again.'
    : 'There is no package.json in this directory. Run the command in the root of the application.';

/** The application in which a schematic runs. */
export class Application {
  readonly manifest: Manifest;
  readonly packages: Readonly<Record<string, string>>;
  /** Its own packages and those of the workspace's root, where a workspace often has its tools. */
  private readonly tools: Readonly<Record<string, string>>;
  readonly place: Place;
  readonly sourceRoot: string;
  readonly typescript: TypeScript | undefined;
  private prettier: Prettier | undefined;
  private writes = 0;

  /**
   * @param root the tree's folder on this machine
   * @param where the application's place in the tree, or its source root in an application at the tree's root
   */
  constructor(
    readonly tree: Files,
    readonly root: string,
    where?: string | Place,
  ) {
    this.place = typeof where === 'object' ? where : placeIn(tree, '/', where);
    const manifest = readManifest(tree, this.place.folder);
    if (!manifest) throw new Error(noManifest(tree.exists(this.file('package.json'))));
    this.manifest = manifest;
    this.packages = { ...manifest.devDependencies, ...manifest.dependencies };
    const shared = readManifest(tree, '/');
    this.tools = { ...shared?.devDependencies, ...shared?.dependencies, ...this.packages };
    this.sourceRoot = this.place.sourceRoot;
    this.typescript = loadTypeScript(this.directory) ?? loadTypeScript(root);
  }

  /** The application's folder on this machine, where its own packages are found. */
  get directory(): string {
    return join(this.root, this.place.folder);
  }

  /** The path of a file in the folder of the application's package.json. */
  file(name: string): string {
    return posix.join(this.place.folder, name);
  }

  /**
   * The path from the tree's root to the workspace's root, such as `../..`, if a schematic runs in a folder of a workspace.
   * The schematic can't write there. Otherwise undefined.
   */
  get above(): string | undefined {
    const path = relative(resolve(this.root), workspaceRoot(resolve(this.root)));
    const hasLock = lockedManager((file) => this.tree.exists(`/${file}`)) !== undefined;
    return path === '' || hasLock ? undefined : path;
  }

  /** Loads the application's Prettier, if it uses one. A constructor cannot, because the import is asynchronous. */
  async open(): Promise<this> {
    if (this.tools.prettier !== undefined)
      this.prettier = (await loadPrettier(this.directory)) ?? (await loadPrettier(this.root));
    return this;
  }

  /** The application's name in a form that Docker accepts for images. */
  get imageName(): string {
    return this.manifest.name?.replace(/[^a-z0-9-]/g, '-') ?? 'app';
  }

  get packageManager(): PackageManager {
    return this.ownManager ?? managerOf(workspaceRoot(resolve(this.root))) ?? 'npm';
  }

  /** The package manager that files of the tree name. */
  private get ownManager(): PackageManager | undefined {
    const named = [this.manifest, readManifest(this.tree, '/')].map((one) =>
      namedManager(one?.packageManager),
    );
    return named.find(Boolean) ?? lockedManager((file) => this.tree.exists(`/${file}`));
  }

  /** True if the application has Nest's command, which builds and starts it. */
  get hasNestCommand(): boolean {
    return this.tools['@nestjs/cli'] !== undefined || this.place.nest !== undefined;
  }

  /** True if one of its packages or of the workspace's root has this name. */
  uses(name: string): boolean {
    return this.tools[name] !== undefined;
  }

  get testRunner(): 'vitest' | 'jest' | undefined {
    if (this.tools.vitest !== undefined) return 'vitest';
    return this.tools.jest === undefined ? undefined : 'jest';
  }

  /** True if the application can run a generated test. */
  get canTest(): boolean {
    return this.testRunner !== undefined && this.tools['@nestjs/testing'] !== undefined;
  }

  /** The ending of relative imports. */
  get suffix(): ImportExtension {
    const code = [`${this.sourceRoot}/main.ts`, this.rootModule()?.path ?? ''].map((path) => this.read(path));
    return importExtension(code, this.manifest.type === 'module');
  }

  /** Returns the path of an entrypoint's compiled file, from the folder of package.json. */
  compiled(entry: string): string {
    return compiledPath(this.place, this.manifest.scripts?.['start:prod'], entry);
  }

  /** The style of added files, which is the root module's style. */
  get style(): Style {
    return styleOf(this.read(this.rootModule()?.path ?? `${this.sourceRoot}/main.ts`) ?? '');
  }

  /** Returns the file and the name of the module that main.ts starts. */
  rootModule(): { path: string; name: string } | undefined {
    const main = this.source(`${this.sourceRoot}/main.ts`);
    const booted = main && bootedModule(main);
    const [name, from] = [booted?.name ?? 'AppModule', booted?.from ?? './app.module'];
    const below = from.replace(/\.[jt]s$/, '');
    const guesses = [
      posix.join(this.sourceRoot, below),
      this.file(below),
      posix.join(this.sourceRoot, below.replace(/^[@~]\/?/, '')),
      posix.join(this.sourceRoot, 'app.module'),
      posix.join(this.sourceRoot, 'app/app.module'),
    ];
    const path = guesses.map((guess) => `${guess}.ts`).find((file) => this.tree.exists(file));
    return path === undefined ? undefined : { path, name };
  }

  read(path: string): string | undefined {
    return this.tree.exists(path) ? this.tree.readText(path) : undefined;
  }

  source(path: string): Source | undefined {
    const text = this.read(path);
    return text === undefined || !this.typescript ? undefined : new Source(this.typescript, path, text);
  }

  /** Returns the path with which the file `from` imports the file `to`. */
  importPath(from: string, to: string): string {
    const path = posix.relative(posix.dirname(from), to.replace(/\.ts$/, ''));
    return `${path.startsWith('.') ? path : `./${path}`}${this.suffix}`;
  }

  /** True if a file was written. */
  get changed(): boolean {
    return this.writes > 0;
  }

  /** Writes a file, unless it exists. @returns whether it was written */
  async add(path: string, text: string): Promise<boolean> {
    if (this.tree.exists(path)) return false;
    // Only code follows the application's style. Files for containers have \n on all machines.
    if (path.endsWith('.ts')) return this.addCode(path, inStyle(text, this.style));
    this.writes += 1;
    this.tree.create(path, text);
    return true;
  }

  /** Writes a file of code that has the application's style already, unless it exists. @returns whether it was written */
  async addCode(path: string, code: string): Promise<boolean> {
    if (this.tree.exists(path)) return false;
    this.writes += 1;
    this.tree.create(path, await this.formatted(path, code));
    return true;
  }

  /** Rewrites a file. Formats it with Prettier if it was formatted before. */
  async change(path: string, text: string): Promise<boolean> {
    const before = this.tree.readText(path);
    if (text === before) return false;
    const keeps = this.prettier && (await this.formatted(path, before)) === before;
    this.rewrite(path, keeps ? await this.formatted(path, text) : text);
    return true;
  }

  /** Rewrites a file with a text that needs no formatting. */
  rewrite(path: string, text: string): void {
    this.writes += 1;
    this.tree.overwrite(path, text);
  }

  private async formatted(path: string, text: string): Promise<string> {
    return this.prettier ? pretty(this.prettier, this.root, path, text) : text;
  }
}
