import type { Tree } from '@angular-devkit/schematics';
import { posix } from 'node:path';
import { loadPrettier, pretty, type Prettier } from './text/prettier.js';
import { inStyle, styleOf, type Style } from './text/texts.js';
import { bootedModule } from './typescript/entrypoint.js';
import { importExtension, type ImportExtension } from './typescript/import-extension.js';
import { loadTypeScript, type TypeScript } from './typescript/load.js';
import { Source } from './typescript/source.js';

export interface Manifest {
  readonly name?: string;
  readonly type?: string;
  readonly packageManager?: string;
  readonly scripts?: Readonly<Record<string, string>>;
  readonly dependencies?: Readonly<Record<string, string>>;
  readonly devDependencies?: Readonly<Record<string, string>>;
}

const packageManagers = ['npm', 'pnpm', 'yarn', 'bun'] as const;

export type PackageManager = (typeof packageManagers)[number];

/** The application in which a schematic runs. */
export class Application {
  readonly manifest: Manifest;
  readonly packages: Readonly<Record<string, string>>;
  readonly sourceRoot: string;
  readonly typescript: TypeScript | undefined;
  private prettier: Prettier | undefined;
  private writes = 0;

  /** @param root the directory of the application's installed packages, where the command runs */
  constructor(
    readonly tree: Tree,
    readonly root: string,
    sourceRoot?: string,
  ) {
    if (!tree.exists('/package.json'))
      throw new Error(
        'There is no package.json in this directory. Run the command in the root of the application.',
      );
    this.manifest = readManifest(tree);
    this.packages = { ...this.manifest.devDependencies, ...this.manifest.dependencies };
    this.sourceRoot = posix.join('/', sourceRoot ?? configuredSourceRoot(tree) ?? 'src');
    this.typescript = loadTypeScript(root);
  }

  /** Loads the application's Prettier, if it uses one. A constructor cannot, because the import is asynchronous. */
  async open(): Promise<this> {
    if (this.packages.prettier !== undefined) this.prettier = await loadPrettier(this.root);
    return this;
  }

  /** The application's name in a form that Docker accepts for images. */
  get imageName(): string {
    return this.manifest.name?.replace(/[^a-z0-9-]/g, '-') ?? 'app';
  }

  get packageManager(): PackageManager {
    const named = packageManagers.find((name) => this.manifest.packageManager?.startsWith(`${name}@`));
    if (named) return named;
    if (this.tree.exists('/pnpm-lock.yaml')) return 'pnpm';
    if (this.tree.exists('/yarn.lock')) return 'yarn';
    return this.tree.exists('/bun.lock') || this.tree.exists('/bun.lockb') ? 'bun' : 'npm';
  }

  get testRunner(): 'vitest' | 'jest' | undefined {
    if (this.packages.vitest !== undefined) return 'vitest';
    return this.packages.jest === undefined ? undefined : 'jest';
  }

  /** True if the application can run a generated test. */
  get canTest(): boolean {
    return this.testRunner !== undefined && this.packages['@nestjs/testing'] !== undefined;
  }

  /** The ending of relative imports. */
  get suffix(): ImportExtension {
    const code = [`${this.sourceRoot}/main.ts`, this.rootModule()?.path ?? ''].map((path) => this.read(path));
    return importExtension(code, this.manifest.type === 'module');
  }

  /** Returns the path of an entrypoint's compiled file, in the folder that `start:prod` uses for main. */
  compiled(entry: string): string {
    const words = (this.manifest.scripts?.['start:prod'] ?? '').split(/\s+/);
    const node = words.findIndex((word) => /\bnode$/.test(word));
    const folders = words
      .slice(node + 1)
      .map((word) => /^["']?([\w./-]*\/)main(?:\.js)?["']?$/.exec(word)?.[1]);
    const folder = node === -1 ? undefined : folders.findLast((one) => one !== undefined);
    return `${folder ?? 'dist/'}${entry}.js`;
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
      posix.join('/', below),
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

function readManifest(tree: Tree): Manifest {
  return JSON.parse(tree.readText('/package.json'));
}

/** Returns the source root of nest-cli.json, which may contain comments. */
function configuredSourceRoot(tree: Tree): string | undefined {
  const config = tree.exists('/nest-cli.json') ? tree.readJson('/nest-cli.json') : undefined;
  if (typeof config !== 'object' || config === null || Array.isArray(config)) return undefined;
  return typeof config.sourceRoot === 'string' ? config.sourceRoot : undefined;
}
