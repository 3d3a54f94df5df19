import { readFileSync } from 'node:fs';

/** A file of `files/` with its `<%= name %>` replaced: all that these templates need of a template language. */
export function render(name: string, values: Readonly<Record<string, string>> = {}): string {
  const text = readFileSync(new URL(`../files/${name}.template`, import.meta.url), 'utf8');
  return text.replace(/<%= (\w+) %>/g, (_, key: string) => {
    const value = values[key];
    if (value === undefined) throw new Error(`The template ${name} asks for ${key}, which was not given.`);
    return value;
  });
}

/** How a text of the application is written. */
export interface Style {
  readonly newline: '\n' | '\r\n';
  readonly quote: "'" | '"';
  readonly indent: string;
  readonly semicolons: boolean;
}

/** What a file shows of its author's ways; ours where it shows nothing. */
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

/** Our own TypeScript, which has two spaces, single quotes and semicolons, in another style. */
export function inStyle(text: string, style: Style): string {
  const lines = text.replaceAll('\r\n', '\n').split('\n');
  const written = lines.map((line) => {
    const spaces = /^ */.exec(line)![0].length;
    const code = line.slice(spaces);
    const comment = code.startsWith('/') || code.startsWith('*');
    const quoted = comment ? code : code.replace(/'([^'"`]*)'/g, `${style.quote}$1${style.quote}`);
    const ended = style.semicolons || comment ? quoted : quoted.replace(/;$/, '');
    return style.indent.repeat(spaces / 2) + ended;
  });
  return written.join(style.newline);
}
