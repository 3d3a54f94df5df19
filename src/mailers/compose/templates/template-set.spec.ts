import { describe, expect, it } from 'vitest';
import { nameTemplate, TemplateSet } from './template-set.js';

const name = (path: string) => nameTemplate(path, 'liquid', '');

describe('nameTemplate', () => {
  it.each([
    ['user-mailer/welcome.html.liquid', 'user-mailer/welcome', undefined, 'html'],
    ['user-mailer/welcome.pt-br.subject.liquid', 'user-mailer/welcome', 'pt-BR', 'subject'],
    ['shared/v1.2/button.liquid', 'shared/v1.2/button', undefined, undefined],
    ['shared/button.ja.liquid', 'shared/button', 'ja', undefined],
    ['html.liquid', 'html', undefined, undefined],
    ['text.text.liquid', 'text', undefined, 'text'],
    ['en/welcome.html.liquid', 'en/welcome', undefined, 'html'],
    ['a.release-notes.html.liquid', 'a.release-notes', undefined, 'html'],
  ])('splits %s', (path, base, locale, part) => expect(name(path)).toMatchObject({ base, locale, part }));

  it('refuses an invalid language tag', () => {
    expect(() => name('a.en-a1.html.liquid')).toThrow(
      /a\.en-a1\.html\.liquid: .*FLEDGE_MAIL_TEMPLATE_INVALID/,
    );
  });
});

it('returns the same partials for all languages without templates', () => {
  const set = new TemplateSet([
    name('shared/a.liquid'),
    name('shared/a.ja.liquid'),
    name('shared/a.html.liquid'),
  ]);
  const chosen = (part: 'html' | 'text', ...chain: (string | undefined)[]) =>
    set.partials(part, chain).get('shared/a')?.name;
  expect(chosen('text', 'ja-JP', 'ja', undefined)).toBe('shared/a.ja.liquid');
  expect(chosen('text', undefined)).toBe('shared/a.liquid');
  expect(chosen('html', undefined)).toBe('shared/a.html.liquid');
  expect(set.partials('text', ['fr', undefined])).toBe(set.partials('text', ['de-AT', 'de', undefined]));
  expect(set.localesOf('shared/a')).toEqual(['ja']);
});
