import { domainToASCII, domainToUnicode } from 'node:url';
import { foldedText } from './readings.js';
import { Redaction, type Place } from './redaction.js';

/**
 * Hides recipients, who are personal data: of an address only its domain is seen.
 *
 * What is hidden is the part before the "@", so that it does not matter what a server writes between that and the domain,
 * nor what it adds to it. Such a part of three letters or more is hidden wherever no letter or digit adjoins it. A shorter
 * one is hidden where spaces, quotes, brackets and the like stand around it, also if it was meant as a word: in an error of
 * a mail to a@acme.test, the word "a" is hidden.
 */
export function redactionOfRecipients(addresses: readonly string[]): Redaction {
  const names = new Set<string>();
  const domains = new Set<string>();
  for (const address of addresses) {
    const at = address.lastIndexOf('@');
    const name = foldedText(address.slice(0, Math.max(0, at)));
    // Mail to ada+news@ reaches the mailbox ada, and the server may call it that.
    for (const part of [name, name.split('+')[0]!]) if (part !== '') names.add(part);
    for (const domain of spellingsOf(address.slice(at + 1))) domains.add(foldedText(domain));
  }
  return new Redaction(function* find(folded) {
    // Of acme@acme.test the domain stays.
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

/** Where the word stands as a word of its own. */
function* placesOf(word: string, folded: string): Iterable<Place> {
  const isShort = word.length < 3;
  for (let start = folded.indexOf(word); start !== -1; start = folded.indexOf(word, start + 1)) {
    const end = start + word.length;
    if (beginsWord(folded, start, isShort) && endsWord(folded, end, isShort)) yield { start, end };
  }
}

function beginsWord(folded: string, start: number, isShort: boolean): boolean {
  return start === 0 || separates(folded[start - 1]!, isShort);
}

function endsWord(folded: string, end: number, isShort: boolean): boolean {
  if (end === folded.length || separates(folded[end]!, isShort)) return true;
  return isShort && /^[.?!](?:\s|$)/.test(folded.slice(end, end + 2));
}

function separates(letter: string, isShort: boolean): boolean {
  return isShort ? /[\s"'`<>()[\]{},;:=@!%&|/]/.test(letter) : !/[\p{L}\p{N}\p{M}]/u.test(letter);
}

function isIn(inner: Place, outer: Place): boolean {
  return inner.start >= outer.start && inner.end <= outer.end;
}
