import { readFileSync } from 'node:fs';

/** Returns a file of `files/` with every `<%= name %>` replaced. The templates need no other feature. */
export function render(name: string, values: Readonly<Record<string, string>> = {}): string {
  const text = readFileSync(new URL(`../files/${name}.template`, import.meta.url), 'utf8');
  return text.replace(/<%= (\w+) %>/g, (_, key: string) => {
    const value = values[key];
    if (value === undefined) throw new Error(`The template ${name} needs a value for ${key}.`);
    return value;
  });
}

/** The style of a text. */
export interface Style {
  readonly newline: '\n' | '\r\n';
  readonly quote: "'" | '"';
  readonly indent: string;
  readonly semicolons: boolean;
}

/** Returns the style of a text. Where the text shows none, the style of Fledge's templates. */
export function styleOf(text: string): Style {
  const imports = text
    .split(/\r?\n/)
    .filter((line) => /^(import|export|const|let)\b.*['";]$/.test(line.trim()));
  const double = imports.filter((line) => line.includes('"')).length;
  return {
    newline: text.includes('\r\n') ? '\r\n' : '\n',
    quote: double * 2 > imports.length ? '"' : "'",
    indent: /^([\t ]+)\S/m.exec(withoutComments(text))?.[1] ?? '  ',
    semicolons: imports.length === 0 || imports.some((line) => line.trimEnd().endsWith(';')),
  };
}

function withoutComments(text: string): string {
  const [first = '', ...others] = text.split('/*');
  return first + others.map((part) => part.split('*/').slice(1).join('*/')).join('');
}

/** Converts a template's TypeScript, which has two spaces, single quotes and semicolons, to another style. */
export function inStyle(text: string, style: Style): string {
  const lines = text.replaceAll('\r\n', '\n').split('\n');
  const written = lines.map((line) => {
    const spaces = line.search(/[^ ]|$/);
    const code = line.slice(spaces);
    const comment = code.startsWith('/') || code.startsWith('*');
    const quoted = comment ? code : code.replace(/'([^'"`]*)'/g, `${style.quote}$1${style.quote}`);
    const ended = style.semicolons || comment ? quoted : quoted.replace(/;$/, '');
    return style.indent.repeat(spaces / 2) + ended;
  });
  return written.join(style.newline);
}
