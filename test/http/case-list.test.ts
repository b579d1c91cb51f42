import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { CaseView } from '../../src/offboarding/views.ts';
import { oktaEvent } from '../../src/sandbox/okta.ts';
import { startService } from '../support/service.ts';

interface Page {
  readonly items: CaseView[];
  readonly nextCursor: string | null;
}

function person(index: number) {
  return { id: `00uPerson${index}`, login: `Person${index}@example.com` };
}

test('the list of cases', async (t) => {
  const service = await startService(t, { config: { policy: { protected: ['*@held.example.com'] } } });
  const read = async (query: string): Promise<Page> => {
    const { status, body } = await service.call('GET', `/v1/cases?${query}`);
    assert.equal(status, 200);
    return body as Page;
  };
  const turnAll = async (meanwhile: () => Promise<unknown> = async () => undefined): Promise<Page[]> => {
    const pages = [await read('limit=3')];
    for (let cursor = pages[0]?.nextCursor; cursor; cursor = pages.at(-1)?.nextCursor) {
      await meanwhile();
      pages.push(await read(`limit=3&cursor=${cursor}`));
    }
    return pages;
  };
  // Four of them are opened at the same moment, by one delivery.
  await service.okta.deliver([1, 2, 3, 4].map((index) => oktaEvent('user.lifecycle.deactivate', person(index))));
  for (const index of [5, 6, 7]) {
    await service.okta.deactivate(person(index));
  }

  await t.test('has seven cases once each over pages of three, newest first, also those of one moment', async () => {
    const pages = await turnAll();
    assert.deepEqual(
      pages.map(({ items }) => items.length),
      [3, 3, 1],
    );
    const cases = pages.flatMap(({ items }) => items);
    assert.equal(new Set(cases.map(({ id }) => id)).size, 7);
    assert.deepEqual(
      cases.slice(0, 3).map(({ person: { email } }) => email),
      [7, 6, 5].map((index) => person(index).login),
    );
    assert.equal(new Set(cases.slice(3).map(({ openedAt }) => openedAt)).size, 1);
  });

  await t.test('doubles and loses none when new cases come while somebody turns the pages', async () => {
    let newcomer = 7;
    const pages = await turnAll(async () => {
      newcomer += 1;
      await service.okta.deactivate(person(newcomer));
    });
    const emails = pages.flatMap(({ items }) => items.map(({ person: { email } }) => email));
    assert.deepEqual(emails.toSorted(), [1, 2, 3, 4, 5, 6, 7].map((index) => person(index).login).toSorted());
  });

  await t.test('has no further page when the last one is full', async () => {
    const { items, nextCursor } = await read('limit=9');
    assert.deepEqual([items.length, nextCursor], [9, null]);
  });

  await t.test('can be asked for a state, an e-mail in any case, a target, and all of them', async () => {
    await service.okta.deactivate({ id: '00uHeld', login: 'boss@held.example.com' });
    const emails = async (query: string) => (await read(query)).items.map(({ person: { email } }) => email);
    assert.deepEqual(await emails('state=held'), ['boss@held.example.com']);
    assert.deepEqual(await emails('email=PERSON1%40EXAMPLE.COM'), ['Person1@example.com']);
    assert.deepEqual(await emails('email=Person1'), []);
    assert.deepEqual(await emails('state=completed'), []);
    await service.untilState('person1@example.com', 'attention');
    assert.deepEqual(await emails('email=person1%40example.com&target=fastio&state=attention'), ['Person1@example.com']);
    assert.deepEqual(await emails('email=person1%40example.com&target=flashback'), []);
  });

  for (const cursor of ['x', '00000000-0000-4000-8000-000000000000', Buffer.from('now|1').toString('base64url'), '%00']) {
    await t.test(`refuses a cursor that it did not give out (${cursor})`, async () => {
      assert.equal((await service.call('GET', `/v1/cases?cursor=${cursor}`)).status, 400);
    });
  }
});
