import assert from 'node:assert/strict';
import { test } from 'node:test';
import { doneAs, messageIn } from './support/fastio-stage.ts';
import { TARGETS_UNDER_CONTRACT, TOKEN } from './support/under-contract.ts';

/** How an answer is lost although what it tells of has happened. */
const LOST = { hang: 'hang', reset: 'reset', 'a bad gateway': { status: 502, text: '<html>bad gateway</html>' } } as const;

for (const [kind, stage] of Object.entries(TARGETS_UNDER_CONTRACT)) {
  test(`${kind}: somebody who is not there is an answer, however often it is asked for`, async (t) => {
    const { run, changes } = await stage(t);
    const person = { email: 'nobody@example.com', name: null };
    for (const repeated of [false, true]) {
      assert.deepEqual(await run('resolve-account', { person, repeated }), { kind: 'account-absent' });
    }
    assert.equal(changes(), 0);
  });

  test(`${kind}: a removal counts when a read confirms it, not on the word of an answer`, async (t) => {
    const { ready, remove, wire, calls, isThere } = await stage(t);
    await ready();
    wire.fail(calls.removal, { status: 200, body: { success: true } });
    messageIn(await remove(), 'retry-later');
    assert.equal(isThere(), true);
    doneAs(await remove({ repeated: true }), 'verified');
    assert.equal(isThere(), false);
  });

  test(`${kind}: a second run changes nothing`, async (t) => {
    const { ready, remove, changes } = await stage(t);
    await ready();
    doneAs(await remove(), 'verified');
    const before = changes();
    doneAs(await remove(), 'already-absent');
    doneAs(await remove({ repeated: true }), 'verified');
    assert.equal(changes(), before);
  });

  for (const [how, trouble] of Object.entries(LOST)) {
    test(`${kind}: an answer that is lost after the effect (${how}) is found out, and nothing is done twice`, async (t) => {
      const { ready, remove, wire, calls } = await stage(t);
      await ready();
      wire.fail(calls.removal, trouble, { afterEffect: true });
      doneAs(await remove(), 'verified');
      assert.equal(wire.count(calls.removal), 1);
    });
  }

  test(`${kind}: a read that lags behind a removal does not fool it`, async (t) => {
    const { ready, remove, wire, calls, isThere } = await stage(t);
    await ready();
    wire.lagAfter(calls.removal);
    const first = await remove();
    doneAs(first.kind === 'retry-later' ? await remove({ repeated: true }) : first, 'verified');
    assert.deepEqual([wire.lagged(), isThere(), wire.count(calls.removal)], [1, false, 1]);
  });

  test(`${kind}: the account that Leaver itself works with is not taken out, but asked about`, async (t) => {
    const { run, changes, ownAddress } = await stage(t);
    const result = await run('resolve-account', { person: { email: ownAddress.toUpperCase(), name: null } });
    assert.ok(result.kind === 'ask-first', JSON.stringify(result));
    assert.equal(changes(), 0);
  });

  test(`${kind}: nor is it when a step that was planned earlier names it`, async (t) => {
    const { remove, wire, calls, ownId, changes } = await stage(t);
    const resolved = { action: 'resolve-account', subject: null, outcome: 'verified', facts: { userId: ownId, status: 'active' } } as const;
    for (const repeated of [false, true]) {
      const message = messageIn(await remove({ finished: [resolved], repeated }), 'refused');
      assert.match(message, new RegExp(`${ownId} is the account that Leaver itself works with.*, then retry`));
    }
    assert.deepEqual([wire.count(calls.removal), changes()], [0, 0]);
  });

  test(`${kind}: somebody whom another has taken out in the meantime is a success, and nothing is changed`, async (t) => {
    const { ready, remove, takeOutElsewhere, changes } = await stage(t);
    await ready();
    takeOutElsewhere();
    const before = changes();
    for (const _ of [1, 2]) doneAs(await remove(), 'already-absent');
    assert.equal(changes(), before);
  });

  test(`${kind}: fields that nobody knows are ignored`, async (t) => {
    const { run, wire, calls } = await stage(t);
    wire.change(calls.people, (body) => eachPerson(body, (person) => ({ ...person, brand: { new: [1] } })));
    doneAs(await run('resolve-account'), 'verified');
  });

  test(`${kind}: a field that is missing is refused with its path, and without the values around it`, async (t) => {
    const { run, wire, calls } = await stage(t);
    wire.change(calls.people, (body) => eachPerson(body, ({ email: _, ...person }) => person));
    const message = messageIn(await run('resolve-account'), 'refused');
    assert.match(message, /answered 200 in an unknown shape \((members|data|users)\.0\.email: /);
    assert.ok(!message.includes('example.com'));
  });

  test(`${kind}: an error that repeats the token does not bring it into ours`, async (t) => {
    const { run, wire, calls } = await stage(t);
    for (const status of [400, 401, 403, 404, 500]) {
      for (const error of [TOKEN, { code: TOKEN }]) {
        wire.fail(calls.people, { status, body: { success: false, error, error_code: TOKEN, message: TOKEN } });
        const result = await run('resolve-account');
        assert.ok(result.kind === 'refused' || result.kind === 'retry-later');
        assert.ok(!JSON.stringify(result).includes(TOKEN), JSON.stringify(result));
      }
    }
  });

  test(`${kind}: every action says how its effect is seen, and an undoing one is never planned ahead`, async (t) => {
    const { actions } = (await stage(t)).target;
    const names = actions.map(({ action }) => action);
    for (const { action, after, observed, undoes, playbooks } of actions) {
      assert.ok(observed !== '' && after.every((other) => names.includes(other)), action);
      assert.ok(undoes === undefined || (names.includes(undoes) && playbooks.length === 0), action);
    }
  });

  test(`${kind}: what is not offered says what stays reachable, and what a person should do`, async (t) => {
    const { capabilities, resolution } = (await stage(t)).target;
    assert.ok((resolution ?? '').length > 20);
    for (const [name, { support, residual = '', advice = '' }] of Object.entries(capabilities)) {
      assert.ok(support === 'yes' || (residual.length > 20 && advice.length > 20), name);
    }
  });
}

type Row = Readonly<Record<string, unknown>>;

/** The list of people with each of them changed, whatever the list is called. */
function eachPerson(body: unknown, change: (person: Row) => Row): unknown {
  const rows = (value: unknown): unknown => (Array.isArray(value) ? value.map((row) => change(row as Row)) : value);
  return Object.fromEntries(Object.entries(body as Row).map(([name, value]) => [name, rows(value)]));
}
