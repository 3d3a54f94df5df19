import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { problemIn, readJson } from './json-text.js';

describe('JSON that a person has written', () => {
  it.each([
    [
      '{"id": 17, "tags": ["a", "b"], "on": true, "off": null}',
      { id: 17, tags: ['a', 'b'], on: true, off: null },
    ],
    ['"text"', 'text'],
    [' -1.5e3 \n', -1500],
    ['[]', []],
    ['{}', {}],
    ['"\\u00e9\\n漢"', 'é\n漢'],
  ])('%s is read', (text, value) => expect(readJson(text, 'The payload')).toEqual(value));

  it.each([
    ['', 'line 1, column 1: the text ends here, but a value is missing'],
    ['{id: 1}', 'line 1, column 2: found "i". Write a name in double quotes'],
    ["{'id': 1}", `line 1, column 2: found "'". Write a name in double quotes`],
    ['{"id": abc}', 'line 1, column 8: found "a". Write a value, and text in double quotes'],
    ['{"id": 1 "b": 2}', 'line 1, column 10: found "\\"". Write "," or "}"'],
    ['{"id": 1,}', 'line 1, column 10: found "}". Write a name in double quotes'],
    ['[1, 2,]', 'line 1, column 7: found "]". Write a value'],
    ['{"id" 1}', 'line 1, column 7: found "1". Write ":" after the name'],
    ['{"a": [1, 2}', 'line 1, column 12: found "}". Write "," or "]"'],
    ['{"a": "b', 'line 1, column 7: the text that begins here has no closing quote'],
    ['{\n  "a": 1,\n  "b": 01\n}', 'line 3, column 8: found "0". Write a value'],
    ['{"漢字": x}', 'line 1, column 8: found "x"'],
    ['{"a": 1} x', 'line 1, column 10: found "x", but the JSON has ended'],
    ['{"a": "line\nbreak"}', 'line 1, column 12: a line break or another control character'],
    ['{"a": "\\x"}', 'line 1, column 8: a backslash is followed by'],
    ['[[[', 'line 1, column 4: the text ends here, but "]" is missing'],
    ['truest', 'line 1, column 1: found "t". Write a value'],
    ['{"id": 12345678901234567890}', 'line 1, column 8: 12345678901234567890 is too large'],
  ])('%j is refused: %s', (text, message) =>
    expect(() => readJson(text, 'The payload')).toThrow(`The payload is not valid JSON: ${message}`),
  );

  it('does not overflow the stack with deep nesting', () =>
    expect(() => readJson('['.repeat(200_000), 'The payload')).toThrow('column 200001'));

  it('finds a mistake exactly in the texts that JSON.parse refuses', () => {
    const pieces = [
      '{',
      '}',
      '[',
      ']',
      ':',
      ',',
      '"',
      '"a"',
      '\\',
      '1',
      '-',
      '0',
      '.',
      'e',
      'true',
      'nul',
      ' ',
      '\n',
    ];
    const text = fc.oneof(
      fc.json(),
      fc.string(),
      fc.array(fc.constantFrom(...pieces)).map((all) => all.join('')),
    );
    fc.assert(
      fc.property(text, (one) => {
        let isJson = true;
        try {
          JSON.parse(one);
        } catch {
          isJson = false;
        }
        const problem = problemIn(one);
        if (problem?.why.includes('too large') === true) return;
        expect({ one, isJson: problem === undefined }).toEqual({ one, isJson });
      }),
      { numRuns: 2_000 },
    );
  });
});
