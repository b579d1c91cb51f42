import type { TestContext } from 'node:test';
import type { Page } from 'playwright-core';
import { openBrowser } from '../../support/browser.ts';
import { undo } from '../../support/undo.ts';

/** A page of a real browser, all that it complained of, and all that it asked for. */
export async function openPage(t: TestContext): Promise<{ page: Page; complaints: string[]; requested: string[] }> {
  const browser = await openBrowser();
  undo(t, async () => await browser.close());
  const page = await browser.newPage();
  page.setDefaultTimeout(100_000);
  const complaints: string[] = [];
  const requested: string[] = [];
  page.on('console', (message) => message.type() === 'error' && complaints.push(message.text()));
  page.on('pageerror', (error) => complaints.push(error.message));
  page.on('request', (request) => requested.push(request.url()));
  return { page, complaints, requested };
}
