import type { MailAddress } from '../../mailers/index.js';
import { unless, type Compare } from './aspects.js';
import type { ExpectedAddress, ExpectedAddresses, ExpectedText } from './expectations.js';
import { differences, matches } from './matching.js';
import { show } from './show.js';

type Text = string | undefined;

/** A string must be a part of the text. Everything else follows the rules of `differences`. */
export const containing: Compare<Text, ExpectedText> = (actual, wanted, name) => {
  if (typeof wanted === 'string') {
    return unless(
      actual?.includes(wanted) ?? false,
      name,
      showText(actual),
      `text containing ${show(wanted)}`,
    );
  }
  // A predicate or a matcher expects a text.
  if (actual === undefined) return [{ path: name, actual: 'none', expected: show(wanted) }];
  return differences(actual, wanted, name);
};

/** One of the texts must match. */
export const including: Compare<readonly string[], ExpectedText> = (actual, wanted, name) =>
  unless(
    actual.some((one) => matches(one, wanted)),
    name,
    showList(actual),
    show(wanted),
  );

/** Compares addresses in lower case, without names. */
export const addressedTo: Compare<readonly string[], ExpectedAddresses> = (actual, wanted, name) => {
  if (!isList(wanted)) {
    return unless(
      actual.some((address) => isAddress(address, wanted)),
      name,
      showList(actual),
      showAddress(wanted),
    );
  }
  const fits =
    actual.length === wanted.length &&
    wanted.every((one) => actual.some((address) => isAddress(address, one))) &&
    actual.every((address) => wanted.some((one) => isAddress(address, one)));
  return unless(fits, name, showList(actual), showAddresses(wanted));
};

/** Shows the expected `to`, `cc`, `bcc` or `from`. */
export function showAddresses(wanted: ExpectedAddresses): string {
  return isList(wanted) ? showList(wanted.map(bare)) : showAddress(wanted);
}

function showAddress(wanted: ExpectedAddress): string {
  return show(bare(wanted));
}

export function isAddress(actual: string, wanted: ExpectedAddress): boolean {
  return matches(actual, bare(wanted));
}

/** Turns `'Ada <Ada@acme.test>'` into `'ada@acme.test'`. Returns a RegExp, predicate or matcher unchanged. */
function bare(wanted: ExpectedAddress): unknown {
  const address = isNamed(wanted) ? wanted.address : wanted;
  if (typeof address !== 'string') return address;
  return (/<([^<>]*)>\s*$/.exec(address)?.[1] ?? address).trim().toLowerCase();
}

function isNamed(wanted: ExpectedAddress): wanted is Exclude<MailAddress, string> {
  return typeof wanted === 'object' && 'address' in wanted;
}

function isList(wanted: ExpectedAddresses): wanted is readonly ExpectedAddress[] {
  return Array.isArray(wanted);
}

function showList(values: readonly unknown[]): string {
  return values.length === 0 ? 'none' : values.map(show).join(', ');
}

function showText(text: Text): string {
  return text === undefined ? 'none' : show(text);
}
