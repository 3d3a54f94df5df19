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

  it('keeps the rows and cells of a table apart', async () => {
    const row = (...cells: string[]): string =>
      `<tr>${cells.map((cell) => `\n  <td> ${cell} </td>`).join('')}</tr>`;
    expect(
      await text(`<p>Thanks</p><table><thead><tr><th>Item</th><th>Qty</th><th>Price</th></tr></thead>
        <tbody>${row('Tea', '2', '5.00')}${row('Milk 1', '12', '1.20')}</tbody>
        <tfoot>${row('Total', '', '24.40')}</tfoot></table><p>Bye</p>`),
    ).toBe('Thanks\n\nItem  Qty  Price\nTea  2  5.00\nMilk 1  12  1.20\nTotal  24.40\n\nBye\n');
  });

  it('puts each block of a layout table on its own line, without gaps for spacers', async () => {
    const layout = `<table role="presentation"><tr><td width="20">&nbsp;</td><td><h1>Hi</h1><p>One</p></td><td><div>Two</div></td></tr>
      <tr><td colspan="3"><table><tr><td>Tea</td><td>5.00</td></tr></table></td></tr></table>`;
    expect(await text(layout)).toBe('Hi\n\nOne\n\nTwo\nTea  5.00\n');
  });

  it.each([
    '<dl><dt>a</dt><dd>b</dd></dl>',
    '<center>a</center><address>b</address>',
    '<figcaption>a</figcaption>b',
  ])('puts the blocks of %s on their own lines', async (html) => expect(await text(html)).toBe('a\nb\n'));

  it.each([
    'hidden',
    'style="color:red;display:none"',
    'style="DISPLAY: NONE"',
    "style='display :none'",
    'style="display:  none !important;mso-hide:all"',
    'style = "\n  display:\n  none;\n"',
    'style="visibility:hidden"',
    'style="opacity:0"',
    'style="font-size:1px;line-height:1px;max-height:0px;max-width:0px;opacity:0.0;overflow:hidden"',
    'style="max-height:0;overflow:hidden"',
  ])('leaves out an element with %s, as a preheader is', async (attribute) =>
    expect(
      await text(
        `<div ${attribute}>Your order&zwnj;&nbsp;&zwnj;&nbsp;</div><p>Hi</p><table><tr><td ${attribute}>x</td><td>y</td></tr></table>`,
      ),
    ).toBe('Hi\n\ny\n'),
  );

  it.each([
    'style="opacity:0.8"',
    'style="font-size:0"',
    'style="max-height:0"',
    'style="height:0;line-height:0"',
    'style="background:url(display:none)"',
    'data-style="display:none"',
    'title="style=display:none"',
  ])('keeps an element with %s', async (attribute) =>
    expect(await text(`<div ${attribute}>Your order</div>`)).toBe('Your order\n'),
  );

  it('keeps text that looks like a style', async () => {
    expect(await text('<code>&lt;p style="display:none"&gt;</code> x < y style="display:none" > z')).toBe(
      '<p style="display:none"> x < y style="display:none" > z\n',
    );
  });

  it('writes the address of a link after its text', async () => {
    expect(
      await text(
        '<a href="https://acme.test/1">Your order</a>, <a href="https://acme.test">https://acme.test</a>',
      ),
    ).toBe('Your order <https://acme.test/1>, https://acme.test\n');
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
