import type { TestContext } from 'node:test';
import chromium from '@sparticuz/chromium';
import { type Page, chromium as playwright } from 'playwright-core';
import { undo } from './undo.ts';

/** A page of a real browser, and all that it complained of. The browser comes out of a package: nothing has to be installed on the machine. */
export async function openPage(t: TestContext): Promise<{ page: Page; complaints: string[]; requested: string[] }> {
  const browser = await playwright.launch({
    executablePath: await chromium.executablePath(),
    // As root, and without a graphics card; nothing that would soften what the browser enforces.
    args: ['--no-sandbox', '--headless=shell', '--disable-gpu', '--no-zygote', '--single-process'],
  });
  undo(t, async () => await browser.close());
  const page = await browser.newPage();
  const complaints: string[] = [];
  const requested: string[] = [];
  page.on('console', (message) => message.type() === 'error' && complaints.push(message.text()));
  page.on('pageerror', (error) => complaints.push(error.message));
  page.on('request', (request) => requested.push(request.url()));
  return { page, complaints, requested };
}
