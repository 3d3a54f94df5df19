/** Text that is HTML already. */
export class Html {
  constructor(readonly text: string) {}
}

/** What may stand in a template. `false` and `undefined` are nothing. */
export type Fragment = Html | string | number | false | undefined | readonly Fragment[];

/** HTML in which everything that is put in is escaped, unless it is `Html` itself. */
export function html(strings: TemplateStringsArray, ...values: Fragment[]): Html {
  return new Html(strings.map((text, i) => text + render(values[i])).join(''));
}

function render(value: Fragment): string {
  if (value === undefined || value === false) return '';
  if (value instanceof Html) return value.text;
  return isList(value) ? value.map(render).join('') : escape(String(value));
}

// `Array.isArray` does not narrow readonly arrays.
function isList(value: Fragment): value is readonly Fragment[] {
  return Array.isArray(value);
}

const entities: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
};

function escape(text: string): string {
  return text.replace(/[&<>"']/g, (character) => entities[character]!);
}
