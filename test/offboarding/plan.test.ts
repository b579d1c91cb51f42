import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { plan, planFollowUps, planMissing } from '../../src/offboarding/plan.ts';
import { BOARDS, countingIds, FILES, nameOf } from './support/cases.ts';

const namesOf = (steps: ReturnType<typeof plan>): string[] => [...steps].sort((a, b) => a.position - b.position).map(nameOf);

suite('a plan', () => {
  test('lists every target in order, and every action in the order of its target', () => {
    assert.deepEqual(namesOf(plan([BOARDS, FILES], 'offboard', countingIds())), [
      'boards/resolve-account',
      'boards/list-boards',
      'boards/remove-from-organization',
      'boards/verify-removal',
      'files/resolve-account',
      'files/suspend',
      'files/list-workspaces',
      'files/revoke-sessions',
      'files/delete-webhooks',
      'files/remove-member',
      'files/verify-audit',
      'files/notify-successor',
    ]);
  });

  test('to contain has nothing that hands over or removes', () => {
    const steps = plan([FILES, BOARDS], 'contain', countingIds());
    assert.deepEqual(namesOf(steps), ['files/resolve-account', 'files/suspend', 'files/revoke-sessions', 'boards/resolve-account']);
  });

  test('begins with steps that nobody has tried', () => {
    for (const step of plan([FILES], 'offboard', countingIds())) {
      const { state, outcome, epoch, attempts, workerId, startedAt, finishedAt, error } = step;
      assert.deepEqual(
        [state, outcome, epoch, attempts, workerId, startedAt, finishedAt, error],
        ['pending', null, 0, 0, null, null, null, null],
      );
    }
  });

  test('is empty without targets', () => {
    assert.deepEqual(plan([], 'offboard', countingIds()), []);
  });
});

suite('an upgrade', () => {
  test('adds what the plan to offboard has beyond the one to contain', () => {
    const contained = plan([FILES], 'contain', countingIds());
    assert.deepEqual(namesOf(planMissing([FILES], 'offboard', contained, countingIds('more'))), [
      'files/list-workspaces',
      'files/delete-webhooks',
      'files/remove-member',
      'files/verify-audit',
      'files/notify-successor',
    ]);
  });

  test('adds nothing to a plan that has everything', () => {
    assert.deepEqual(planMissing([FILES], 'offboard', plan([FILES], 'offboard', countingIds()), countingIds()), []);
  });

  test('adds the whole of a target that came into the configuration since', () => {
    const added = planMissing([FILES, BOARDS], 'offboard', plan([FILES], 'offboard', countingIds()), countingIds('more'));
    assert.ok(added.length === 4 && added.every(({ target }) => target === 'boards'));
  });
});

suite('follow-ups', () => {
  const steps = plan([FILES, BOARDS], 'offboard', countingIds());
  const transfer = (subject: string) => ({ action: 'transfer-workspace', subject, facts: { name: `Workspace ${subject}` } });

  test('become a step for each subject, between the steps before and after them in the target', () => {
    const added = planFollowUps(FILES, [transfer('a'), transfer('b')], steps, countingIds('more'));
    const names = namesOf([...steps, ...added]);
    assert.deepEqual(names.slice(names.indexOf('files/delete-webhooks'), names.indexOf('files/verify-audit')), [
      'files/delete-webhooks',
      'files/transfer-workspace a',
      'files/transfer-workspace b',
      'files/remove-member',
    ]);
  });

  test('of the second target stay with the second target', () => {
    const added = planFollowUps(BOARDS, [{ action: 'transfer-board', subject: 'z' }], steps, countingIds('more'));
    const names = namesOf([...steps, ...added]);
    assert.equal(names[names.indexOf('boards/transfer-board z') - 1], 'boards/list-boards');
  });

  test('bring their facts along', () => {
    assert.deepEqual(planFollowUps(FILES, [transfer('a')], steps, countingIds())[0]?.facts, { name: 'Workspace a' });
  });

  test('that are there already, or named twice, are one step', () => {
    const once = planFollowUps(FILES, [transfer('a'), transfer('a')], steps, countingIds('more'));
    assert.equal(once.length, 1);
    assert.deepEqual(planFollowUps(FILES, [transfer('a')], [...steps, ...once], countingIds('again')), []);
  });

  test('that come later are listed behind those that came before', () => {
    const first = planFollowUps(FILES, [transfer('b')], steps, countingIds('more'));
    const second = planFollowUps(FILES, [transfer('a')], [...steps, ...first], countingIds('again'));
    assert.ok((second[0]?.position ?? 0) > (first[0]?.position ?? 0));
  });

  test('of an action that the target does not have are left out', () => {
    assert.deepEqual(planFollowUps(FILES, [{ action: 'burn-workspace', subject: 'a' }], steps, countingIds()), []);
  });
});
