import assert from 'node:assert/strict';
import { after, before, suite, test } from 'node:test';
import type { Browser, Page } from 'playwright-core';
import { SUMMARY_POLICY, summaryPage } from '../../src/ledger/summary/page.ts';
import { openBrowser } from '../support/browser.ts';
import { aTold, PROOF } from './support/told.ts';

const ADDRESS = 'http://evidence.example/';
const EVIL = `</h1><script>document.title='taken'</script><img src=/x onerror="document.title='taken'"><style>body{display:none}</style>`;

suite('in a real browser, the summary of a case', () => {
  let browser: Browser;

  before(async () => {
    browser = await openBrowser();
  });
  after(async () => await browser.close());

  /** Opens a page as the service sends it; whatever else it asks for is kept, and refused. */
  async function open(body: string) {
    const page = await browser.newPage({ viewport: { width: 1280, height: 900 } });
    const complaints: string[] = [];
    const asked: string[] = [];
    page.on('console', (message) => complaints.push(message.text()));
    page.on('pageerror', (error) => complaints.push(error.message));
    await page.route('**/*', async (route) => {
      const url = route.request().url();
      if (url === ADDRESS) {
        const headers = {
          'content-type': 'text/html; charset=utf-8',
          'content-security-policy': `${SUMMARY_POLICY}; frame-ancestors 'none'`,
        };
        await route.fulfill({ body, headers });
      } else {
        asked.push(url);
        await route.abort();
      }
    });
    await page.goto(ADDRESS);
    return { page, complaints, asked };
  }

  const isVisible = async (page: Page, text: string): Promise<boolean> => await page.getByText(text, { exact: false }).first().isVisible();

  test('opens under its own policy without a complaint, asks for nothing, and is dressed', async () => {
    const { page, complaints, asked } = await open(summaryPage(aTold(), PROOF));
    assert.deepEqual([complaints, asked.filter((url) => !url.endsWith('/favicon.ico'))], [[], []]);
    for (const text of [
      'Departure of Ada Lovelace',
      'Needs a person',
      'it refuses',
      'Keys belong to nobody',
      'CC6.2',
      PROOF.payloadSha256,
    ]) {
      assert.ok(await isVisible(page, text), text);
    }
    const colour = await page.evaluate("getComputedStyle(document.querySelector('.grade.verified')).color");
    assert.equal(colour, 'rgb(11, 93, 67)', 'the style sheet is applied');
    await page.close();
  });

  test('fits a telephone, and its tables are reached by the keyboard', async () => {
    const { page } = await open(summaryPage(aTold({ person: { email: `${'long'.repeat(20)}@acme.example`, name: null } }), PROOF));
    await page.setViewportSize({ width: 360, height: 740 });
    assert.equal(await page.evaluate('document.documentElement.scrollWidth'), 360);
    assert.equal(await page.locator('.scroll:not([tabindex="0"])').count(), 0);
    await page.close();
  });

  test('prints to paper', async () => {
    const { page } = await open(summaryPage(aTold(), PROOF));
    const pdf = await page.pdf({ preferCSSPageSize: true });
    assert.equal(pdf.subarray(0, 5).toString(), '%PDF-');
    const pages = pdf.toString('latin1').match(/\/Type\s*\/Page\b/g)?.length ?? 0;
    assert.ok(pages >= 2 && pages <= 8, `${pages} pages`);
    await page.close();
  });

  test('does nothing that a name tells it to', async () => {
    const told = aTold({ person: { email: EVIL, name: EVIL }, case: { reason: EVIL } });
    const { page, complaints, asked } = await open(summaryPage(told, PROOF));
    assert.deepEqual([complaints, asked.filter((url) => !url.endsWith('/favicon.ico'))], [[], []]);
    assert.match(await page.title(), /^Evidence of case/);
    assert.ok(await isVisible(page, "document.title='taken'"), 'it is shown as what it is: a text');
    await page.close();
  });

  test('lets nothing in that was put into the file', async () => {
    const { page } = await open(summaryPage(aTold(), PROOF).replace('<main>', `<main><img src="http://evil.example/pixel">${EVIL}`));
    assert.match(await page.title(), /^Evidence of case/);
    assert.ok(await isVisible(page, 'At a glance'), 'its style sheet is not applied either');
    await page.close();
  });
});
