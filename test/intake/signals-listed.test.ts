import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { test } from 'node:test';
import { oktaEvent } from '../../src/sandbox/okta.ts';
import { startService } from '../support/service.ts';
import type { Recorded } from './support/recorded.ts';

interface Page {
  readonly items: (Recorded & { readonly id: string; readonly receivedAt: string })[];
  readonly nextCursor: string | null;
}

const ADA = { id: '00uAdaLovelace000001', login: 'ada@example.com' };

test('the list of signals', async (t) => {
  const service = await startService(t);
  const read = async (query: string): Promise<Page> => (await service.call('GET', `/v1/signals?${query}`)).body as Page;
  const repeated = oktaEvent('group.user_membership.add', ADA);
  await service.okta.deliver([repeated, oktaEvent('user.session.start', ADA), oktaEvent('user.session.end', ADA)]);
  await service.okta.deliver([repeated]);
  await service.okta.deliver([oktaEvent('user.lifecycle.deactivate', ADA, { target: null }), oktaEvent('user.session.end', ADA)]);
  await service.okta.deliver([oktaEvent('user.lifecycle.deactivate', ADA)]);

  await t.test('has every signal once over all its pages, newest first', async () => {
    const pages: Page[] = [];
    for (let cursor: string | null = ''; cursor !== null; cursor = pages.at(-1)?.nextCursor ?? null) {
      pages.push(await read(`limit=3${cursor && `&cursor=${cursor}`}`));
    }
    assert.deepEqual(
      pages.map(({ items }) => items.length),
      [3, 3, 1],
    );
    const items = pages.flatMap((page) => page.items);
    assert.equal(new Set(items.map(({ id }) => id)).size, 7);
    const times = items.map(({ receivedAt }) => receivedAt);
    assert.deepEqual(times, times.toSorted().toReversed());
  });

  await t.test('can be asked for one disposition and one connection', async () => {
    const of = async (disposition: string) => (await read(`disposition=${disposition}&connection=okta-main`)).items.map(({ kind }) => kind);
    assert.deepEqual(await of('accepted'), ['user.lifecycle.deactivate']);
    assert.deepEqual(await of('unresolved'), ['user.lifecycle.deactivate']);
    assert.deepEqual(await of('duplicate'), ['group.user_membership.add']);
    assert.equal((await of('ignored')).length, 4);
    assert.deepEqual((await read('connection=okta-other')).items, []);
  });

  for (const query of [
    'limit=0',
    'limit=201',
    'limit=x',
    'disposition=lost',
    'page=2',
    'cursor=x',
    `cursor=${randomUUID()}`,
    'connection=%00',
  ]) {
    await t.test(`refuses ${query.replace(/[0-9a-f-]{36}/, '(an id of nothing)')}`, async () => {
      assert.equal((await service.call('GET', `/v1/signals?${query}`)).status, 400);
    });
  }
});
