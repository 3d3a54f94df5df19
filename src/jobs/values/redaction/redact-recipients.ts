import { domainToASCII, domainToUnicode } from 'node:url';
import { foldedText, type Place } from './readings.js';
import { Redaction } from './redaction.js';

/**
 * Hides recipients, because they are personal data. Only the domain of an address stays visible.
 *
 * Hides the part before the "@". So it does not matter what a server writes between this part and the domain, or what it
 * adds to the domain. A part of three or more letters is hidden wherever no letter or digit adjoins it. A shorter part is
 * hidden between spaces, quotes, brackets and similar characters, even if it was meant as a word. In an error of a mail to
 * a@acme.test, the word "a" is hidden.
 */
export function redactionOfRecipients(addresses: readonly string[]): Redaction {
  const names = new Set<string>();
  const domains = new Set<string>();
  for (const address of addresses) {
    const at = address.lastIndexOf('@');
    const name = foldedText(address.slice(0, Math.max(0, at)));
    // Mail to ada+news@ reaches the mailbox ada, and the server may use that name.
    const [mailbox = name] = name.split('+');
    for (const part of [name, mailbox]) if (part !== '') names.add(part);
    for (const domain of spellingsOf(address.slice(at + 1))) domains.add(foldedText(domain));
  }
  return new Redaction(function* find(folded) {
    // In acme@acme.test the domain stays visible.
    const kept = [...domains].flatMap((domain) => [...placesOf(domain, folded)]);
    for (const name of names) {
      for (const place of placesOf(name, folded))
        if (!kept.some((domain) => isIn(place, domain))) yield place;
    }
  });
}

function spellingsOf(domain: string): string[] {
  return [domain, domainToASCII(domain), domainToUnicode(domain)].filter((spelling) => spelling !== '');
}

/** Yields the places where the word is not a part of a longer word. */
function* placesOf(word: string, folded: string): Iterable<Place> {
  const isShort = word.length < 3;
  for (let start = folded.indexOf(word); start !== -1; start = folded.indexOf(word, start + 1)) {
    const end = start + word.length;
    if (beginsWord(folded, start, isShort) && endsWord(folded, end, isShort)) yield { start, end };
  }
}

function beginsWord(folded: string, start: number, isShort: boolean): boolean {
  return start === 0 || separates(folded.charAt(start - 1), isShort);
}

function endsWord(folded: string, end: number, isShort: boolean): boolean {
  if (end === folded.length || separates(folded.charAt(end), isShort)) return true;
  return isShort && /^[.?!](?:\s|$)/.test(folded.slice(end, end + 2));
}

function separates(letter: string, isShort: boolean): boolean {
  return isShort ? /[\s"'`<>()[\]{},;:=@!%&|/]/.test(letter) : !/[\p{L}\p{N}\p{M}]/u.test(letter);
}

function isIn(inner: Place, outer: Place): boolean {
  return inner.start >= outer.start && inner.end <= outer.end;
}
