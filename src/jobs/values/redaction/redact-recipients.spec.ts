import { describe, expect, it } from 'vitest';
import { redactionOfRecipients } from './redact-recipients.js';

const redacted = (text: string, ...addresses: string[]): string =>
  redactionOfRecipients(addresses).text(text);
const ada = 'ada.lovelace@person.test';

describe('redactionOfRecipients', () => {
  it.each([
    [`<${ada}>: unknown`, '<***@person.test>: unknown'],
    [ada.toUpperCase(), '***@PERSON.TEST'],
    ['no mailbox ada.lovelace here', 'no mailbox *** here'],
    ['ada.lovelace=40person.test', '***=40person.test'],
    ['ada.lovelace%40person.test', '***%40person.test'],
    ['%3Cada.lovelace%40person.test%3E', '%3C***%40person.test%3E'],
    ['SRS0=x=y=person.test=ada.lovelace@relay.test', 'SRS0=x=y=person.test=***@relay.test'],
    ['bounce+ada.lovelace=person.test@list.test', 'bounce+***=person.test@list.test'],
    ['person.test!ada.lovelace', 'person.test!***'],
    ['ada&#46;lovelace&#64;person.test', '***&#64;person.test'],
    ['https://help.test/?a=ada%2Elovelace%40person.test', 'https://help.test/?a=***%40person.test'],
    [`id ${Buffer.from(ada).toString('base64')} x`, 'id *** x'],
    ['{"to":"\\u0061da.lovelace"}', '{"to":"***"}'],
    ['"ada.lovelace"@person.test', '"***"@person.test'],
  ])('%s', (text, expected) => expect(redacted(text, ada)).toBe(expected));

  it('hides the mailbox of a tagged address, but not in a longer word', () => {
    expect(redacted('ada is full, ada+news too, not adam', 'ada+news@a.test')).toBe(
      '*** is full, *** too, not adam',
    );
  });

  it('keeps the domain, even if it contains the name', () => {
    expect(redacted('acme@acme.test at mx.acme.test: acme', 'acme@acme.test')).toBe(
      '***@acme.test at mx.acme.test: ***',
    );
    expect(redacted('ada@xn--bcher-kva.test', 'ada@bücher.test')).toBe('***@xn--bcher-kva.test');
  });

  it('hides a name of one or two letters wherever it is a separate word', () => {
    expect(redacted('<a@b.test> "a" a=40b.test a%40b.test: a mailbox, 5.1.1 data', 'a@b.test')).toBe(
      '<***@b.test> "***" ***=40b.test ***%40b.test: *** mailbox, 5.1.1 data',
    );
    expect(redacted('550 5.1.1 <5@b.test> unknown', '5@b.test')).toBe('550 5.1.1 <***@b.test> unknown');
  });

  it('changes nothing without addresses', () => {
    expect(redacted('550 no')).toBe('550 no');
  });
});
