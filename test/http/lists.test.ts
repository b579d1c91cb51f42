import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { test } from 'node:test';
import type { CaseView } from '../../src/offboarding/views.ts';
import { oktaEvent } from '../../src/sandbox/okta.ts';
import type { Recorded } from '../intake/support/recorded.ts';
import { startService } from '../support/service.ts';

interface Page<Item> {
  readonly items: Item[];
  readonly nextCursor: string | null;
}

interface ListedSignal extends Recorded {
  readonly id: string;
  readonly receivedAt: string;
}

function person(index: number) {
  return { id: `00uPerson${index}`, login: `Person${index}@example.com` };
}

test('lists', async (t) => {
  const service = await startService(t, { config: { policy: { protected: ['*@held.example.com'] } } });
  const read = async <Item>(list: string, query: string): Promise<Page<Item>> => {
    const { status, body } = await service.call('GET', `/v1/${list}?${query}`);
    assert.equal(status, 200);
    return body as Page<Item>;
  };
  const turnAll = async <Item>(list: string, meanwhile: () => Promise<unknown> = async () => undefined): Promise<Item[][]> => {
    const pages = [await read<Item>(list, 'limit=3')];
    for (let cursor = pages[0]?.nextCursor; cursor; cursor = pages.at(-1)?.nextCursor) {
      await meanwhile();
      pages.push(await read<Item>(list, `limit=3&cursor=${cursor}`));
    }
    return pages.map(({ items }) => items);
  };
  // Four of them are opened at the same moment, by one delivery.
  await service.okta.deliver([1, 2, 3, 4].map((index) => oktaEvent('user.lifecycle.deactivate', person(index))));
  for (const index of [5, 6, 7]) {
    await service.okta.deactivate(person(index));
  }

  for (const list of ['cases', 'signals'] as const) {
    await t.test(`seven ${list} stand once each on pages of three, newest first, also those of one moment`, async () => {
      const pages = await turnAll<{ readonly id: string; readonly openedAt?: string; readonly receivedAt?: string }>(list);
      assert.deepEqual(
        pages.map(({ length }) => length),
        [3, 3, 1],
      );
      const items = pages.flat();
      assert.equal(new Set(items.map(({ id }) => id)).size, 7);
      const times = items.map(({ openedAt, receivedAt }) => openedAt ?? receivedAt ?? '');
      assert.deepEqual(times, times.toSorted().toReversed());
      assert.equal(new Set(times.slice(3)).size, 1);
    });
  }

  await t.test('new cases that come while somebody turns the pages double none and hide none', async () => {
    let newcomer = 7;
    const pages = await turnAll<CaseView>('cases', async () => {
      newcomer += 1;
      await service.okta.deactivate(person(newcomer));
    });
    const emails = pages.flat().map(({ person: { email } }) => email);
    assert.deepEqual(emails.toSorted(), [1, 2, 3, 4, 5, 6, 7].map((index) => person(index).login).toSorted());
    assert.equal(newcomer, 9);
  });

  await t.test('there is no further page after a last one that is full', async () => {
    const { items, nextCursor } = await read('cases', 'limit=9');
    assert.deepEqual([items.length, nextCursor], [9, null]);
  });

  await t.test('cases can be asked for by state, by e-mail in any case, by target, and by all of them', async () => {
    await service.okta.deactivate({ id: '00uHeld', login: 'boss@held.example.com' });
    const emails = async (query: string) => (await read<CaseView>('cases', query)).items.map((one) => one.person.email);
    assert.deepEqual(await emails('state=held'), ['boss@held.example.com']);
    assert.deepEqual(await emails('email=PERSON1%40EXAMPLE.COM'), ['Person1@example.com']);
    assert.deepEqual(await emails('email=Person1'), []);
    assert.deepEqual(await emails('state=completed'), []);
    await service.untilState('person1@example.com', 'attention');
    assert.deepEqual(await emails('email=person1%40example.com&target=fastio&state=attention'), ['Person1@example.com']);
    assert.deepEqual(await emails('email=person1%40example.com&target=flashback'), []);
  });

  await t.test('signals can be asked for by disposition and by connection', async () => {
    const repeated = oktaEvent('group.user_membership.add', person(1));
    const unclear = oktaEvent('user.lifecycle.suspend', person(1), { target: null });
    await service.okta.deliver([repeated, unclear]);
    await service.okta.deliver([repeated]);
    const of = async (disposition: string) =>
      (await read<ListedSignal>('signals', `disposition=${disposition}&connection=okta-main`)).items.map(({ kind }) => kind);
    assert.deepEqual(new Set(await of('accepted')), new Set(['user.lifecycle.deactivate']));
    assert.deepEqual(await of('unresolved'), ['user.lifecycle.suspend']);
    assert.deepEqual(await of('ignored'), ['group.user_membership.add']);
    assert.deepEqual(await of('duplicate'), ['group.user_membership.add']);
    assert.deepEqual((await read('signals', 'connection=okta-other')).items, []);
  });

  const madeUp = (at: string) => `cursor=${Buffer.from(`${at}|${randomUUID()}`).toString('base64url')}`;
  for (const query of [
    'limit=0',
    'limit=201',
    'limit=x',
    'page=2',
    'cursor=x',
    'cursor=%00',
    `cursor=${randomUUID()}`,
    madeUp('now'),
    madeUp('2026-99-99 99:99:99+99'),
    madeUp('99999999999999999'),
    madeUp('-1'),
  ]) {
    await t.test(`no list takes ${query.replace(/[0-9a-f-]{36}|(?<=cursor=)[\w-]{40,}/, '(a made-up place)')}`, async () => {
      for (const list of ['cases', 'signals']) {
        assert.equal((await service.call('GET', `/v1/${list}?${query}`)).status, 400, list);
      }
    });
  }

  for (const query of ['disposition=lost', 'connection=%00']) {
    await t.test(`the list of signals does not take ${query}`, async () => {
      assert.equal((await service.call('GET', `/v1/signals?${query}`)).status, 400);
    });
  }
});
