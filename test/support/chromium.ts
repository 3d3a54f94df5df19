import { existsSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { chromium, type Browser, type BrowserContextOptions, type Page } from 'playwright-core';
import { onTestFinished } from 'vitest';
import { aptInstall } from './servers.js';

const commands = ['chromium', 'chromium-browser', 'google-chrome', 'google-chrome-stable'];

/** The path of Chromium: TEST_CHROMIUM, then PATH, then apt-get. */
function requireChromium(): string {
  const found = process.env.TEST_CHROMIUM ?? onPath() ?? (aptInstall('chromium') ? onPath() : undefined);
  if (found) return found;
  throw new Error('This test needs Chromium: install chromium or Chrome, or set TEST_CHROMIUM=/path/to/it.');
}

function onPath(): string | undefined {
  const folders = (process.env.PATH ?? '').split(delimiter);
  return folders
    .flatMap((folder) => commands.map((command) => join(folder, command)))
    .find((path) => existsSync(path));
}

/** Playwright's default of 30 s is short for a busy machine. */
const patience = 120_000;

/** Starts a real browser, which closes when the test ends. */
export async function openBrowser(...flags: string[]): Promise<Browser> {
  // Chromium refuses its sandbox as root, which CI containers use. It opens only pages of these tests.
  const args = process.getuid?.() === 0 ? ['--no-sandbox'] : [];
  args.push(...flags);
  const browser = await chromium.launch({ executablePath: requireChromium(), args, timeout: patience });
  onTestFinished(() => browser.close());
  return browser;
}

export async function newPage(browser: Browser, options: BrowserContextOptions): Promise<Page> {
  const context = await browser.newContext(options);
  context.setDefaultTimeout(patience);
  return context.newPage();
}
