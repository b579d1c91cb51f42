import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import fc from 'fast-check';
import { isOver } from '../../src/offboarding/case.ts';
import { POLICY } from './support/cases.ts';
import { type Happening, type How, Walk } from './support/walk.ts';

/** Fixed, so that every run walks the same ways; a failure prints it with the shortest way that fails. */
const SEED = 20_260_302;

const pick = fc.nat(7);
const seconds = fc.constantFrom(1, 5, 30, 61, 700);

const HOWS: readonly fc.WeightedArbitrary<How>[] = [
  { weight: 6, arbitrary: fc.constant('well') },
  { weight: 2, arbitrary: fc.constant('later') },
  { weight: 3, arbitrary: fc.constant('more-first') },
  ...(['much-later', 'refused', 'absent', 'not-needed'] as const).map((how) => ({ weight: 1, arbitrary: fc.constant(how) })),
];

const report = (how: fc.Arbitrary<How>) => fc.record({ type: fc.constant('report' as const), pick, how, subjects: fc.nat(7) });
const simply = (...types: ('look' | 'die' | 'release' | 'retry' | 'approve' | 'hold' | 'upgrade')[]) =>
  fc.record({ type: fc.constantFrom(...types), pick });
const time = fc.record({ type: fc.constant('time' as const), seconds });

const anything: fc.Arbitrary<Happening> = fc.oneof(
  { weight: 6, arbitrary: simply('look') },
  { weight: 8, arbitrary: report(fc.oneof(...HOWS)) },
  { weight: 3, arbitrary: time },
  { weight: 1, arbitrary: simply('die', 'release', 'approve', 'hold', 'upgrade') },
  { weight: 1, arbitrary: simply('retry') },
);

/** Workers may die and time may pass, but every attempt that is reported has gone well and nobody interferes. */
const nothingBad: fc.Arbitrary<Happening> = fc.oneof(
  { weight: 6, arbitrary: simply('look') },
  { weight: 8, arbitrary: report(fc.constant('well')) },
  { weight: 2, arbitrary: time },
  { weight: 1, arbitrary: simply('die', 'release') },
);

const policy = fc.record({ graceSeconds: fc.constantFrom(0, 60), transfersAtOnce: fc.integer({ min: 1, max: 2 }) });
const options = (numRuns: number) => ({ seed: SEED, numRuns, endOnFailure: false });

suite('a case to which anything may happen', () => {
  test('keeps every rule at every moment, and ends completed once everything goes well', () => {
    const way = fc.array(anything, { maxLength: 120, size: 'max' });
    const property = fc.property(policy, fc.constantFrom('offboard', 'contain'), fc.constantFrom(null, 'protected'), way, (...how) => {
      const [changes, playbook, hold, happenings] = how;
      const walk = new Walk({ ...POLICY, ...changes }, playbook, hold);
      for (const happening of happenings) {
        walk.happen(happening);
      }
      walk.calmDown();
      assert.equal(walk.snapshot.case.state, 'completed');
    });
    fc.assert(property, options(1_200));
  });

  test('is not held up by one target that never answers', () => {
    const property = fc.property(policy, fc.constantFrom('files', 'boards'), (changes, down) => {
      const walk = new Walk({ ...POLICY, ...changes }, 'offboard', null);
      walk.calmDown(down);
      const others = walk.snapshot.steps.filter(({ target }) => target !== down);
      assert.ok(others.length > 0 && others.every(isOver));
    });
    fc.assert(property, options(20));
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
    fc.assert(property, options(300));
  });
});
