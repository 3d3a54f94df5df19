import { describe, expect, it } from 'vitest';
import { refusing } from '../mail/outgoing-mail.js';
import { mostDepth, mostHtml, textFromHtml } from './text-from-html.js';

const text = (html: string): Promise<string> => textFromHtml(html, refusing('UserMailer.welcome'));
const nested = (tag: string, levels: number, inside: string): string =>
  tag
    .split(' ')
    .map((one) => `<${one}>`)
    .join('')
    .repeat(levels) +
  inside +
  tag
    .split(' ')
    .reverse()
    .map((one) => `</${one}>`)
    .join('')
    .repeat(levels);

describe('textFromHtml', () => {
  it.each(['div', 'blockquote', 'span', 'b', 'h1', 'ul li', 'table tr td'])(
    'leaves out and marks <%s> nested thousands of levels deep, and keeps the rest of the mail',
    async (tag) => {
      const made = await text(`<p>Before</p>${nested(tag, 3_000, 'deep')}<p>After</p>`);
      expect(made).toMatch(/^Before\n/);
      expect(made).toMatch(/After\n$/);
      expect(made).toContain('[…]');
      expect(made).not.toContain('deep');
    },
  );

  it('converts html whole that is nested as deeply as layouts are', async () => {
    const levels = mostDepth / 2 - 10;
    expect(await text(`<p>Hi</p>${nested('div span', levels, 'deep')}`)).toBe('Hi\n\ndeep\n');
    expect(await text(nested('table tr td', 15, 'deep'))).toBe('deep\n');
  });

  it('cuts very long html and marks the place', async () => {
    const made = await text(`<p>Before</p>${'<p>x</p>'.repeat(mostHtml)}`);
    expect(made).toMatch(/^Before\n\nx\n\nx\n/);
    expect(made).toMatch(/x\n\n\[…\]\n$/);
    expect(made.length).toBeLessThan(mostHtml);
  });

  it.each([
    '<',
    '<b',
    '<a href="',
    '&#',
    '<!--',
    '<![CDATA[',
    '<table><tr><td>',
    '<i>',
    '<a>',
    '</div>',
    '<pre>\n',
  ])('converts a megabyte of %j', async (piece) =>
    expect(await text(piece.repeat(1_000_000 / piece.length))).toMatch(/\[…\]\n$/),
  );

  it('does not cut a character in two', async () => {
    const html = `<p>${'x'.repeat(mostHtml - 4)}😀😀`;
    expect((await text(html)).slice(-9)).toBe('xxx\n\n[…]\n');
  });
});
