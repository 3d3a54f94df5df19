import { posix } from 'node:path';

/** What a generator makes. A schedule is a job with a schedule. */
export type Kind = 'job' | 'schedule' | 'mailer' | 'preview';

/** For each kind, the words that a name may end with, and an example of a name. */
const kinds: Readonly<Record<Kind, { readonly endings: readonly string[]; readonly example: string }>> = {
  job: { endings: ['job'], example: 'import-csv' },
  schedule: { endings: ['schedule', 'job'], example: 'nightly-report' },
  mailer: { endings: ['mailer'], example: 'receipt' },
  preview: { endings: ['preview', 'mailer'], example: 'receipt' },
};

/** The name that a generator gets, taken apart. */
export interface ProviderName {
  /** The folder below the source root. Undefined if no folder was given. */
  readonly folder: string | undefined;
  /** The name in kebab-case without the kind's own word, such as `import-csv` for `ImportCsvJob`. */
  readonly base: string;
}

/** Returns `import-csv` for `ImportCsv`, `importCsv` and `import_csv`. */
export function kebab(name: string): string {
  return name
    .replace(/([a-z0-9])([A-Z])/g, '$1-$2')
    .replace(/[\s_.]+/g, '-')
    .toLowerCase();
}

/** Returns `ImportCsv` for `import-csv`. */
export function pascal(name: string): string {
  return name
    .split('-')
    .map((word) => word.charAt(0).toUpperCase() + word.slice(1))
    .join('');
}

/**
 * Reads the name and the path of `nest g -c nestjs-fledge <kind> <name> [path]`.
 *
 * @param sourceRoot such as `/src`. A folder may begin with it
 * @throws Error if the name cannot be the name of a class, or the folder is outside of the source root
 */
export function readName(
  kind: Kind,
  typed: string | undefined,
  path: string | undefined,
  sourceRoot: string,
): ProviderName {
  const { endings, example } = kinds[kind];
  const command = `nest g -c nestjs-fledge ${kind} ${example}`;
  const name = (typed ?? '').replaceAll('\\', '/').trim();
  if (name === '') throw new Error(`The name is missing. Pass a name: ${command}`);
  const base = endings.reduce(withoutEnding, kebab(posix.basename(name)));
  if (!/^[a-z][a-z0-9]*(?:-[a-z0-9]+)*$/.test(base))
    throw new Error(
      `The name ${JSON.stringify(typed)} cannot become a class name. Use letters, digits and hyphens, and begin with a letter: ${command}`,
    );
  return { folder: folderOf(path, posix.dirname(name), sourceRoot), base };
}

function withoutEnding(name: string, ending: string): string {
  return name.endsWith(`-${ending}`) ? name.slice(0, -ending.length - 1) : name;
}

function folderOf(path: string | undefined, directory: string, sourceRoot: string): string | undefined {
  const folder = posix.join((path ?? '').replaceAll('\\', '/'), directory).replace(/^\/|\/$/g, '');
  if (folder === '' || folder === '.') return undefined;
  if (folder === '..' || folder.startsWith('../'))
    throw new Error(
      `The folder ${folder} is outside of ${sourceRoot.slice(1)}. Pass a folder inside of it, such as users/welcome.`,
    );
  const below = `${sourceRoot.slice(1)}/`;
  return `${folder}/`.startsWith(below) ? folder.slice(below.length) : folder;
}
