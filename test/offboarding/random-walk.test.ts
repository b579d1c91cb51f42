import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import fc from 'fast-check';
import { isOver } from '../../src/offboarding/case.ts';
import { runs } from '../support/sweep.ts';
import { POLICY } from './support/cases.ts';
import { nothingBad, policy, walkThroughAnything } from './support/happenings.ts';
import { Walk } from './support/walk.ts';

suite('a case to which anything may happen', () => {
  test('keeps every rule at every moment, and ends completed once everything goes well', () => {
    walkThroughAnything(1_200, ({ snapshot }) => assert.equal(snapshot.case.state, 'completed'));
  });

  test('is not held up by one target that never answers', () => {
    const property = fc.property(policy, fc.constantFrom('files', 'boards'), (changes, down) => {
      const walk = new Walk({ ...POLICY, ...changes }, 'offboard', null);
      walk.calmDown(down);
      const others = walk.snapshot.steps.filter(({ target }) => target !== down);
      assert.ok(others.length > 0 && others.every(isOver));
    });
    fc.assert(property, runs(20));
  });

  test('never asks a person while every result is good', () => {
    const way = fc.array(nothingBad, { maxLength: 120, size: 'max' });
    const property = fc.property(policy, fc.constantFrom('offboard', 'contain'), way, (changes, playbook, happenings) => {
      const walk = new Walk({ ...POLICY, ...changes }, playbook, null);
      for (const happening of happenings) {
        walk.happen(happening);
        assert.ok(['running', 'waiting', 'completed'].includes(walk.snapshot.case.state));
      }
      walk.calmDown();
      assert.equal(walk.snapshot.case.state, 'completed');
    });
    fc.assert(property, runs(300));
  });
});
