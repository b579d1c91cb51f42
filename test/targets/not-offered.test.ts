import assert from 'node:assert/strict';
import { test } from 'node:test';
import { withStatements } from '../../src/targets/not-offered.ts';
import type { ActionContext, Target } from '../../src/targets/target.ts';
import { doneAs, fastioStage } from './support/fastio-stage.ts';
import { flashbackStage } from './support/flashback-stage.ts';
import { TARGETS_UNDER_CONTRACT } from './support/under-contract.ts';

const planOf = ({ actions }: Target, playbook: 'offboard' | 'contain'): string[] =>
  actions.filter(({ playbooks }) => playbooks.includes(playbook)).map(({ phase, action }) => `${phase}: ${action}`);

const SENTENCE = /^[A-Z].{20,}\.$/;

const CONTEXT: ActionContext = {
  person: { email: 'lee.aver@example.com', name: null },
  stepId: 'step-1',
  subject: null,
  facts: {},
  repeated: false,
  finished: [],
  leavingAccounts: new Set(),
  signal: new AbortController().signal,
};

test('what a target does not offer stands in its plan, in the place where it would be done', async (t) => {
  const target = withStatements((await flashbackStage(t)).target);
  assert.deepEqual(planOf(target, 'offboard'), [
    'resolve: resolve-account',
    'contain: suspend',
    'contain: revoke-sessions',
    'contain: delete-tokens',
    'inventory: list-workspaces',
    'cleanup: delete-webhooks',
    'transfer: ensure-admin',
    'transfer: transfer-ownership',
    'remove: remove-from-workspace',
    'remove: remove-from-organization',
    'verify: verify-removal',
    'verify: verify-audit',
  ]);
  assert.deepEqual(planOf(target, 'contain'), [
    'resolve: resolve-account',
    'contain: suspend',
    'contain: revoke-sessions',
    'contain: delete-tokens',
  ]);
});

test('a statement calls nothing, and says what stays reachable, for how long, and what a person should do', async (t) => {
  const { target, flashback } = await flashbackStage(t);
  const stated = withStatements(target);
  const facts = doneAs(await stated.perform('revoke-sessions', CONTEXT), 'not-offered');
  assert.equal(facts['capability'], 'sessions');
  assert.match(String(facts['residual']), /^Nobody but the account itself can end its sessions/);
  assert.match(String(facts['lasts']), /^up to 1 hour after the removal/);
  assert.match(String(facts['advice']), /^End the person's session at the identity provider\./);
  for (const { action, notOffered, after } of stated.actions.filter((one) => one.notOffered)) {
    const said = doneAs(await stated.perform(action, CONTEXT), 'not-offered');
    assert.deepEqual(said, { ...notOffered });
    assert.ok(said['residual'] && said['advice'], action);
    assert.deepEqual(after, ['resolve-account'], 'who has no account hears nothing of it');
  }
  assert.equal(flashback.count(/./), 0);
});

/** Where no access follows from what is missing, nothing lasts. */
const NOTHING_LASTS = ['flashback ownership', 'flashback audit'];

for (const kind of ['fastio', 'flashback', 'fastio-live'] as const) {
  test(`${kind}: each capability that it lacks is one step of a plan, which states what stays reachable, for how long, and what a person should do`, async (t) => {
    const { target, wire } = await TARGETS_UNDER_CONTRACT[kind](t);
    const { capabilities, actions, perform } = withStatements(target);
    const statements = actions.flatMap(({ notOffered, ...action }) => (notOffered ? [{ ...action, ...notOffered }] : []));
    const lacking = Object.entries(capabilities).flatMap(([name, { support }]) => (support === 'yes' ? [] : [name]));
    assert.deepEqual(statements.map(({ capability }) => capability).sort(), lacking.sort());
    for (const { action, capability, residual = '', lasts = '', advice = '', playbooks, perSubject } of statements) {
      const facts = doneAs(await perform(action, CONTEXT), 'not-offered');
      const doesLast = !NOTHING_LASTS.includes(`${kind} ${capability}`);
      assert.deepEqual(facts, { capability, residual, ...(doesLast && { lasts }), advice });
      assert.match(residual, SENTENCE, `${action}: what stays reachable`);
      assert.match(advice, SENTENCE, `${action}: what a person should do`);
      assert.equal(lasts.length > 10 && !lasts.endsWith('.'), doesLast, `${action}: for how long`);
      assert.ok(playbooks.includes('offboard') && !perSubject, `${action} is planned ahead`);
    }
    assert.equal(wire.count(/./), 0);
  });
}

test('the actions of the target itself are done as before', async (t) => {
  const { target } = await flashbackStage(t);
  doneAs(await withStatements(target).perform('resolve-account', CONTEXT), 'verified');
});

test('a target that has an action of the name speaks for itself', async (t) => {
  const { target } = await fastioStage(t);
  const capabilities = { ...target.capabilities, suspend: { support: 'not-offered', residual: 'Nothing locks it.' } } as const;
  assert.deepEqual(withStatements({ ...target, capabilities }).actions, target.actions);
});

test('a target that offers everything has nothing to state', async (t) => {
  const { target } = await fastioStage(t);
  assert.deepEqual(withStatements(target).actions, target.actions);
});

test('what takes something back stays at the end', async (t) => {
  const { actions } = withStatements((await flashbackStage(t)).target);
  assert.deepEqual(
    actions.slice(-2).map(({ undoes }) => undoes),
    ['remove-from-organization', 'remove-from-workspace'],
  );
});
