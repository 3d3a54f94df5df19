import { fold, Redaction, type Finder, type Place } from './redaction.js';

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
  const words = [...new Set(shapes.map(fold))].filter((word) => word.length >= shortest);
  return new Redaction(finderOf(words));
}

/** All shapes in which a program quotes a secret. A redaction decodes by itself what it can take apart at spaces and quotes. */
function shapesOf(secret: string, users: readonly string[]): string[] {
  const escaped = JSON.stringify(secret).slice(1, -1);
  const bytes = Buffer.from(secret);
  const encoded = encodeURIComponent(bytes.toString());
  return [
    secret,
    encoded,
    encoded.replaceAll('%20', '+'),
    escaped,
    JSON.stringify(escaped).slice(1, -1),
    // Of JavaScript, whose strings stand in single quotes.
    secret.replace(/['\\]/g, '\\$&'),
    // Of a program that takes UTF-8 for Latin-1.
    bytes.toString('latin1'),
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
  for (let start = folded.indexOf(head); start !== -1;) {
    let length = enough;
    while (length < word.length && word[length] === folded[start + length]) length++;
    const isWhole = length === word.length || length >= longBeginning;
    // WRONGPASS is not the beginning of the word "password".
    if (isWhole || !/[\p{L}\p{N}]/u.test(folded[start - 1] ?? '')) yield { start, end: start + length };
    start = folded.indexOf(head, length === word.length ? start + length : start + 1);
  }
}
