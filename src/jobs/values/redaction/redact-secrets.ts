import { foldedText, type Place } from './readings.js';
import { Redaction, type Finder } from './redaction.js';

/** A shorter secret cannot be distinguished from other words. */
const shortest = 3;

/**
 * Hides passwords, tokens and keys in all the forms in which programs quote them. Also hides the beginning of a secret,
 * because servers truncate what they quote.
 *
 * @param users the users that sign in with these secrets
 */
export function redactionOfSecrets(
  secrets: Iterable<string | undefined>,
  users: readonly string[] = [''],
): Redaction {
  const forms = [...secrets].flatMap((secret) =>
    secret === undefined || secret.length < shortest ? [] : formsOf(secret, users),
  );
  const words = [...new Set(forms.map(foldedText))].filter((word) => word.length >= shortest);
  return new Redaction(finderOf(words));
}

/** Returns the forms of a secret that no reading of a text decodes. */
function formsOf(secret: string, users: readonly string[]): string[] {
  return [
    secret,
    // From a program that leaves out spaces and control characters.
    secret.replace(/[\s\p{Cc}]+/gu, ''),
    // From a program that reads UTF-8 as Latin-1.
    Buffer.from(secret).toString('latin1'),
    // As base64. A reading decodes base64, but not the beginning of it.
    ...[secret, ...users.flatMap((user) => [`\0${user}\0${secret}`, `${user}:${secret}`])].flatMap(base64Of),
  ];
}

function base64Of(text: string): string[] {
  const bytes = Buffer.from(text);
  return [bytes.toString('base64'), bytes.toString('base64url')];
}

function finderOf(words: readonly string[]): Finder {
  return function* find(folded) {
    for (const word of words) yield* beginningsOf(word, folded);
  };
}

/** From this length on, the beginning of a secret is hidden within other words too. */
const longBeginning = 8;

/** Yields the places of the word and of its beginnings. A beginning counts if it is long enough to help guess the rest. */
function* beginningsOf(word: string, folded: string): Iterable<Place> {
  const half = Math.max(4, Math.ceil(word.length / 2));
  const enough = Math.min(word.length, longBeginning, half);
  const head = word.slice(0, enough);
  // The end of the last word. It is kept because one word may contain thousands of beginnings.
  let wordEnd = 0;
  for (let start = folded.indexOf(head); start !== -1;) {
    let length = enough;
    while (length < word.length && word[length] === folded[start + length]) length++;
    const isWhole = length === word.length;
    if (isWhole) yield { start, end: start + length };
    // WRONGPASS is not the beginning of the word "password".
    else if (length >= longBeginning || !/[\p{L}\p{N}]/u.test(folded[start - 1] ?? ''))
      yield { start, end: (wordEnd = endOfWord(folded, Math.max(wordEnd, start + length))) };
    start = folded.indexOf(head, isWhole ? start + length : start + 1);
  }
}

/** The rest of the word after a beginning may be the rest of the secret in another encoding. */
function endOfWord(folded: string, start: number): number {
  let end = start;
  while (end < folded.length && !/[\s"'`<>]/.test(folded.charAt(end))) end++;
  return end;
}
