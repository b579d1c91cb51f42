import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { test } from 'node:test';
import { parse } from 'yaml';

import { OPERATOR_TOKEN, startService } from '../support/service.ts';
import { openPage } from './support/page.ts';
import { send } from './support/send.ts';

test('the page at /docs', { timeout: 120_000 }, async (t) => {
  const { url } = await startService(t);

  await t.test('opens in a browser, from this service alone and under a strict policy, and lists the routes', async () => {
    const { page, complaints, requested } = await openPage(t);
    await page.goto(`${url}/docs`);
    await page.getByText('Take somebody out, lock somebody out').waitFor();
    assert.match((await page.locator('.info .title').textContent()) ?? '', /Leaver/);
    assert.ok((await page.locator('.opblock').count()) > 30);

    // A call from the page, with a token that is typed in there.
    await page.getByRole('button', { name: 'Authorize' }).click();
    await page.locator('.auth-container', { hasText: 'operator' }).locator('input').first().fill(OPERATOR_TOKEN);
    await page.locator('.auth-container', { hasText: 'operator' }).getByRole('button', { name: 'Apply credentials' }).first().click();
    await page.getByRole('button', { name: 'Close' }).first().click();
    const checkpoint = page.locator('.opblock', { hasText: '/v1/ledger/checkpoint' });
    await checkpoint.locator('.opblock-summary-control').click();
    await checkpoint.getByRole('button', { name: 'Try it out' }).click();
    await checkpoint.getByRole('button', { name: 'Execute' }).click();
    await checkpoint.locator('.live-responses-table').getByText('"statement"').first().waitFor();

    assert.deepEqual(complaints, []);
    assert.deepEqual(
      requested.filter((address) => !address.startsWith(url) && !address.startsWith('data:')),
      [],
    );
  });

  await t.test('may load nothing from elsewhere, run nothing that is written into it, and stand in nobody’s frame', async () => {
    for (const where of ['/docs', '/docs/static/swagger-ui-bundle.js', '/docs/json']) {
      const { status, headers } = await send(`${url}${where}`);
      const policy = String(headers['content-security-policy']);
      assert.equal(status, 200, where);
      assert.match(policy, /default-src 'none'.*frame-ancestors 'none'/);
      assert.doesNotMatch(policy, /unsafe|\*|https?:/);
    }
  });

  await t.test('shows the description that stands in the project', async () => {
    const committed: unknown = parse(await readFile(path.join(import.meta.dirname, '..', '..', 'openapi.yaml'), 'utf8'));
    const { text } = await send(`${url}/docs/json`);
    assert.deepEqual(JSON.parse(text), committed);
  });
});
