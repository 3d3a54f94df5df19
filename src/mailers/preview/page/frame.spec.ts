import { describe, expect, it } from 'vitest';
import { frameDocument, wantsRemote } from './frame.js';
import type { ShownAttachment, ShownMail } from '../mails/shown-mail.js';

const base = '<base target="_blank">';

function mailOf(html: string, attachments: ShownAttachment[] = []): ShownMail {
  return { subject: '', envelope: [], html, text: undefined, attachments, eml: Buffer.alloc(0) };
}

function framed(html: string, attachments?: ShownAttachment[]): string {
  return frameDocument(mailOf(html, attachments));
}

describe('the frame', () => {
  it.each([
    ['<p>Hi</p>', `${base}<p>Hi</p>`],
    ['<!DOCTYPE html><html><head><title>x</title>', `<!DOCTYPE html>${base}<html><head><title>x</title>`],
    ['\n<!doctype html>\n<p>Hi</p>', `\n<!doctype html>${base}\n<p>Hi</p>`],
    [
      '<?xml version="1.0"?>\n<!-- a > b --><!doctype html><p>',
      `<?xml version="1.0"?>\n<!-- a > b --><!doctype html>${base}<p>`,
    ],
    ['<!-- open', `${base}<!-- open`],
    ['<!doctype', `${base}<!doctype`],
    ['', base],
  ])('opens links of %j in a new tab, and leaves the doctype first', (html, document) => {
    expect(framed(html)).toBe(document);
  });

  it('renames the frames of a mail, in any spelling', () => {
    const html =
      '<iframe src="https://a.test"></iframe><IFRAME/src=x></IFRAME\n><frameset><frame src=x></frameset>';
    expect(framed(html)).toBe(
      `${base}<x-iframe src="https://a.test"></x-iframe><x-IFRAME/src=x></x-IFRAME\n><frameset><x-frame src=x></frameset>`,
    );
  });

  it('shows the pictures that the mail contains, but not a hundred megabytes of copies', () => {
    const content = Buffer.alloc(1_048_576);
    const picture = { filename: 'p.png', contentType: 'image/png', cid: 'p', content };
    const html = framed('<img src="cid:p">'.repeat(100), [picture]);
    expect(html).toContain('<img src="data:image/png;base64,AAAA');
    expect(html).toContain('<img src="cid:p">');
    expect(html.length).toBeLessThan(40_000_000);
  });
});

describe('wantsRemote', () => {
  it.each([
    '<img src="https://a.test/x">',
    `<img src = ' http://a.test/x'>`,
    '<img src=//a.test/x>',
    '<td background="https://a.test/x">',
    '<p style="background: url( https://a.test/x )">',
    `<p style="background:url('//a.test/x')">`,
    '<link rel="stylesheet" href="x">',
  ])('finds %j', (html) => expect(wantsRemote(mailOf(html))).toBe(true));

  it.each([
    '<img src="cid:p">',
    '<img src="data:image/gif;base64,AA">',
    '<a href="https://a.test/">a</a>',
    '',
  ])('finds nothing in %j', (html) => expect(wantsRemote(mailOf(html))).toBe(false));
});

// A quadratic algorithm would take minutes for each of these.
describe('reads a hostile mail of 2 MB in linear time', () => {
  it.each([
    ['<head'],
    ['<html'],
    ['<!doctype'],
    ['<!--'],
    ['<!---->'],
    ['<?'],
    [' '],
    ['src='],
    [`src="${' '.repeat(10_000)}`],
    ['src'],
    ['url('],
    [`url(${' '.repeat(10_000)}`],
    ['cid:'],
    ['<iframe'],
    ['</i'],
  ])('%j', (piece) => {
    const html = piece.repeat(Math.ceil(2_000_000 / piece.length));
    const document = framed(html);
    expect(document).toContain(base);
    expect(wantsRemote(mailOf(html))).toBe(false);
  });
});
