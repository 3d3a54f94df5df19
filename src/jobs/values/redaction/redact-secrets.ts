import { foldedText } from './readings.js';
import { Redaction, type Finder, type Place } from './redaction.js';

/** A secret that is shorter cannot be told from other words. */
const shortest = 3;

/**
 * Hides passwords, tokens and keys, as they are and in the shapes in which programs quote them. The beginning of a secret
 * is hidden too, since servers cut off what they quote.
 *
 * @param users who signs in with them
 */
export function redactionOfSecrets(
  secrets: Iterable<string | undefined>,
  users: readonly string[] = [''],
): Redaction {
  const shapes = [...secrets].flatMap((secret) =>
    secret === undefined || secret.length < shortest ? [] : shapesOf(secret, users),
  );
  const words = [...new Set(shapes.map(foldedText))].filter((word) => word.length >= shortest);
  return new Redaction(finderOf(words));
}

/** The shapes that no reading of a text undoes. */
function shapesOf(secret: string, users: readonly string[]): string[] {
  return [
    secret,
    // Of a program that leaves out what could break a line.
    secret.replace(/[\s\p{Cc}]+/gu, ''),
    // Of a program that takes UTF-8 for Latin-1.
    Buffer.from(secret).toString('latin1'),
    // Of these a beginning must be known too.
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

/** Where the word stands, or half of it, or enough of its beginning to help somebody guess the rest. */
function* beginningsOf(word: string, folded: string): Iterable<Place> {
  const half = Math.max(4, Math.ceil(word.length / 2));
  const enough = Math.min(word.length, longBeginning, half);
  const head = word.slice(0, enough);
  // The end of the word that was read last: a word may have thousands of beginnings in it.
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

/** What follows a beginning may be the rest, in another encoding. */
function endOfWord(folded: string, start: number): number {
  let end = start;
  while (end < folded.length && !/[\s"'`<>]/.test(folded[end]!)) end++;
  return end;
}
