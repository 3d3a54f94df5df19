/** Text that is already HTML. `html` does not escape it. */
export class Html {
  constructor(readonly text: string) {}
}

/** A value in a template. `false` and `undefined` produce no output. */
export type Fragment = Html | string | number | false | undefined | readonly Fragment[];

/** Returns HTML in which all values are escaped, except those that are `Html`. */
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

const entities = new Map([
  ['&', '&amp;'],
  ['<', '&lt;'],
  ['>', '&gt;'],
  ['"', '&quot;'],
  ["'", '&#39;'],
]);

function escape(text: string): string {
  return text.replace(/[&<>"']/g, (character) => entities.get(character) ?? '');
}
