import { once } from 'node:events';
import { readFile, writeFile } from 'node:fs/promises';
import { createServer, type AddressInfo } from 'node:net';
import { join } from 'node:path';
import { MailersService } from 'nestjs-fledge/mailers';
import PostalMime from 'postal-mime';
import type { BrowserContextOptions, Page } from 'playwright-core';
import { expect, it, onTestFinished } from 'vitest';
import { newPage, openBrowser } from '../support/chromium.js';
import { hostile, NewsMailer, previewApp, previewFolder } from '../support/preview-app.js';
import { until } from '../support/until.js';

const desktop: BrowserContextOptions = { viewport: { width: 1280, height: 800 } };
const phone: BrowserContextOptions = { viewport: { width: 375, height: 700 } };

/** A page of the browser, and its console messages. */
async function visit(options: BrowserContextOptions, url: string): Promise<[Page, string[]]> {
  const page = await newPage(await openBrowser(), options);
  const complaints: string[] = [];
  page.on('console', (message) => complaints.push(message.text()));
  page.on('pageerror', (error) => complaints.push(error.message));
  await page.goto(url);
  return [page, complaints];
}

it('a reader gets from the list to a mail, another language, a narrow frame and the .eml file', async () => {
  const app = await previewApp('express', { templates: { directory: await previewFolder() } });
  const [page, complaints] = await visit(desktop, `${await app.getUrl()}/mails`);
  await page.getByRole('link', { name: 'invoice' }).click();
  // A click returns before the next page is there.
  const heading = page.getByRole('heading', { level: 1 });
  await expect.poll(() => heading.textContent()).toBe('Invoice 7');
  const mail = page.frameLocator('iframe');
  await mail.getByText('Dear Ada').waitFor();
  await expect
    .poll(() => mail.locator('img').evaluate((image) => (image as { naturalWidth?: number }).naturalWidth))
    .toBe(1);

  await page.getByRole('navigation', { name: 'Locale' }).getByRole('link', { name: 'ja' }).click();
  await mail.getByText('Ada 様').waitFor();
  expect(await heading.textContent()).toBe('請求書 7');

  const width = async () => (await page.locator('iframe').boundingBox())?.width;
  expect(await width()).toBeGreaterThan(700);
  await page.getByRole('link', { name: 'Narrow, 375 px' }).click();
  await expect.poll(width).toBe(375);

  const downloading = page.waitForEvent('download');
  await page.getByRole('link', { name: 'Download .eml' }).click();
  const eml = await PostalMime.parse(await readFile(await (await downloading).path()));
  expect(eml).toMatchObject({ subject: '請求書 7', attachments: [{}, { filename: 'invoice 7 <b>.csv' }] });

  await page.getByRole('link', { name: 'Text', exact: true }).click();
  expect(await page.locator('pre').textContent()).toContain('Ada 様');
  expect(complaints).toEqual([]);
});

it('scripts, forms and requests in a mail are blocked', async () => {
  const app = await previewApp('express');
  const url = `${await app.getUrl()}/mails`;
  const [page] = await visit(desktop, `${url}/preview/BrokenMailer/hostile`);
  const [, frame] = page.frames();
  await frame!.waitForLoadState();
  expect(await page.title()).toBe(`${hostile} · BrokenMailer.hostile`);
  expect(await frame!.title()).toBe('');
  // Also harmless as a top-level page, without the sandbox of a frame.
  await page.goto(frame!.url());
  expect(await page.title()).toBe('');
  await page.getByRole('button', { name: 'Go' }).click();
  expect(page.url()).toBe(`${url}/preview/BrokenMailer/hostile/frame`);

  const fetched: string[] = [];
  await page.route('https://tracker.test/**', async (route) => {
    fetched.push(route.request().url());
    await route.abort();
  });
  await page.goto(`${url}/preview/NewsMailer/digest`, { waitUntil: 'networkidle' });
  expect(fetched).toEqual([]);
  await page.getByRole('link', { name: 'Load it' }).click();
  await page.getByRole('link', { name: 'Block it' }).waitFor();
  await until('the picture was asked for', () => fetched.length > 0);
});

/** Html that makes, or might make, a browser connect to a server. */
const connecting: readonly ((url: string) => string)[] = [
  (url) => `<iframe src="${url}/"></iframe>`,
  (url) => `<IFRAME/sandbox src=${url}/></IFRAME>`,
  (url) => `<iframe loading=lazy src="${url}/"></iframe>`,
  (url) => `<iframe srcdoc='<iframe src="${url}/"></iframe>'></iframe>`,
  (url) => `<svg><foreignObject><iframe src="${url}/"></iframe></foreignObject></svg>`,
  (url) => `<object data="${url}/"></object><embed src="${url}/">`,
  (url) => `<link rel="preconnect" href="${url}"><link rel="dns-prefetch" href="${url}">`,
  (url) => `<link rel="prefetch" href="${url}/"><link rel="preload" as="image" href="${url}/">`,
  (url) => `<meta http-equiv="refresh" content="0;url=${url}/">`,
  (url) => `<style>@import url(${url}/a.css); body { background: url(${url}/b) }</style>`,
  (url) => `<video autoplay src="${url}/" poster="${url}/"></video><input type="image" src="${url}/">`,
  (url) => `<picture><source srcset="${url}/ 1x"><img srcset="${url}/ 2x"></picture><image src="${url}/">`,
  (url) => `<base href="${url}/"><iframe src="x"></iframe><img src="y">`,
];

it('the browser connects to no other server for a mail', async () => {
  const connected = new Set<number>();
  const mails = await Promise.all(
    connecting.map(async (html, i) => {
      const server = createServer(() => void connected.add(i)).listen(0, '127.0.0.1');
      await once(server, 'listening');
      onTestFinished(() => void server.close());
      return html(`http://127.0.0.1:${(server.address() as AddressInfo).port}`);
    }),
  );
  const directory = await previewFolder();
  const app = await previewApp('express', { directory });
  const [page] = await visit(desktop, `${await app.getUrl()}/mails/mailbox`);
  const [base, ...others] = mails.toReversed();
  for (const [i, html] of [others.join(''), base, '<frameset><frame src="x"></frameset>'].entries()) {
    const eml = `Subject: Mail ${i}\r\nContent-Type: text/html\r\n\r\n<!doctype html>${html}`;
    await writeFile(join(directory, `m${i}.eml`), eml);
    await page.goto(`${await app.getUrl()}/mails/mailbox/m${i}.eml`, { waitUntil: 'networkidle' });
    expect(page.frames()).toHaveLength(2);
  }
  expect([...connected].map((i) => mails[i])).toEqual([]);
});

it('a mail keeps its doctype and head, and its links open in a new tab', async () => {
  const directory = await previewFolder();
  const html = `<?xml version="1.0"?><!-- a -->\n<!DOCTYPE html>\n<html lang="ja"><head><title>T</title>
    <style>p { color: rgb(1, 2, 3) }</style></head><body class="b"><p>Hi</p><a href="/elsewhere">Go</a></body></html>`;
  await writeFile(join(directory, 'm.eml'), `Subject: M\r\nContent-Type: text/html\r\n\r\n${html}`);
  const app = await previewApp('express', { directory });
  const [page] = await visit(desktop, `${await app.getUrl()}/mails/mailbox/m.eml`);
  const frame = page.frames()[1]!;
  await frame.getByText('Hi').waitFor();
  const seen = await frame.evaluate(
    `[document.compatMode, document.title, document.documentElement.lang, document.body.className,
      document.querySelector('head > base').target, getComputedStyle(document.querySelector('p')).color]`,
  );
  expect(seen).toEqual(['CSS1Compat', 'T', 'ja', 'b', '_blank', 'rgb(1, 2, 3)']);
  const opening = page.context().waitForEvent('page');
  await frame.getByText('Go').click();
  expect((await opening).url()).not.toBe(page.url());
});

it('a website whose name resolves to this machine can read no page', async () => {
  const app = await previewApp('express', { directory: await previewFolder() });
  await app.get(MailersService).for(NewsMailer).reminder().deliverNow();
  const { port } = new URL(await app.getUrl());
  const browser = await openBrowser('--host-resolver-rules=MAP evil.test 127.0.0.1');
  for (const colorScheme of ['light', 'dark'] as const) {
    for (const options of [desktop, phone]) {
      const page = await newPage(browser, { ...options, colorScheme });
      const answer = await page.goto(`http://evil.test:${port}/mails/mailbox`);
      expect(answer!.status()).toBe(403);
      expect(await page.getByRole('heading', { level: 1 }).textContent()).toContain('this machine only');
      expect(await page.getByText("preview: { allow: { hosts: ['evil.test'] } }").count()).toBe(1);
      expect(await page.content()).not.toContain('A reminder');
      const { width } = options.viewport!;
      expect(await page.evaluate('document.documentElement.scrollWidth')).toBeLessThanOrEqual(width);
      if (process.env.SHOTS) await page.screenshot({ path: `/tmp/shot-403-${colorScheme}-${width}.png` });
      // The next step of a DNS rebinding attack.
      expect(await page.evaluate(`fetch('/mails/mailbox').then((answer) => answer.status)`)).toBe(403);
    }
  }
});

it('a mail appears in the open mailbox as soon as it is sent', async () => {
  const app = await previewApp('express', { directory: await previewFolder() });
  const [page, complaints] = await visit(desktop, `${await app.getUrl()}/mails/mailbox`);
  expect(await page.locator('#inbox li').count()).toBe(0);
  await app.get(MailersService).for(NewsMailer).reminder().deliverNow();
  await page.getByRole('link', { name: 'A reminder' }).click();
  await page.getByText('Do not forget.').waitFor();
  expect(complaints).toEqual([]);
});

it.each([
  ['light', desktop],
  ['dark', desktop],
  ['light', phone],
  ['dark', phone],
] as const)(
  'is %s, fits the window, works with a screen reader and with the keyboard',
  async (colorScheme, options) => {
    const app = await previewApp('express', { directory: await previewFolder() });
    await app
      .get(MailersService)
      .for(NewsMailer)
      .digest({ titles: ['One'] })
      .deliverNow();
    const [page] = await visit({ ...options, colorScheme }, `${await app.getUrl()}/mails`);
    const fits = async () => {
      const { width } = options.viewport!;
      expect(await page.evaluate('document.documentElement.scrollWidth')).toBeLessThanOrEqual(width);
      expect(await page.locator('h1').count()).toBe(1);
      expect(await page.getByRole('main').count()).toBe(1);
    };
    const background = await page.evaluate('getComputedStyle(document.body).backgroundColor');
    expect(background).toBe(colorScheme === 'dark' ? 'rgb(22, 23, 27)' : 'rgb(246, 246, 248)');
    await fits();
    await page.keyboard.press('Tab');
    expect(await page.evaluate('document.activeElement.textContent')).toBe('Skip to content');
    await page.keyboard.press('Enter');
    await expect.poll(() => page.url()).toContain('#');
    await page.keyboard.press('Tab');
    await page.keyboard.press('Enter');
    await page.waitForURL(/preview\/BillMailer\/invoice/);
    await fits();
    for (const path of ['preview/NewsMailer/digest', 'preview/NewsMailer/digest?part=headers', 'mailbox']) {
      await page.goto(`${await app.getUrl()}/mails/${path}`);
      await fits();
    }
  },
);
