import fc from 'fast-check';
import { isFinal } from '../../../src/offboarding/case.ts';
import { runs } from '../../support/sweep.ts';
import { later, POLICY } from './cases.ts';
import { type Happening, type How, Walk } from './walk.ts';

const pick = fc.nat(7);
const seconds = fc.constantFrom(1, 5, 30, 61, 700);

const HOWS: readonly fc.WeightedArbitrary<How>[] = [
  { weight: 6, arbitrary: fc.constant('well') },
  { weight: 2, arbitrary: fc.constant('later') },
  { weight: 3, arbitrary: fc.constant('more-first') },
  ...(['much-later', 'down', 'refused', 'absent', 'absent', 'not-needed', 'ask-first'] as const).map((how) => ({
    weight: 1,
    arbitrary: fc.constant(how),
  })),
];

const report = (how: fc.Arbitrary<How>) => fc.record({ type: fc.constant('report' as const), pick, how, subjects: fc.nat(7) });
const simply = (...types: ('look' | 'die' | 'release' | 'outage' | 'retry' | 'approve' | 'hold' | 'cancel' | 'reverse')[]) =>
  fc.record({ type: fc.constantFrom(...types), pick });
const depart = fc.record({
  type: fc.constant('depart' as const),
  playbook: fc.constantFrom('offboard', 'contain'),
  inSeconds: fc.constantFrom(null, null, 40, 400),
  confirmBy: fc.constantFrom([], ['idp']),
});
const time = fc.record({ type: fc.constant('time' as const), seconds });

const anything: fc.Arbitrary<Happening> = fc.oneof(
  { weight: 6, arbitrary: simply('look') },
  { weight: 8, arbitrary: report(fc.oneof(...HOWS)) },
  { weight: 3, arbitrary: time },
  { weight: 2, arbitrary: simply('die', 'release', 'approve', 'hold', 'outage') },
  { weight: 2, arbitrary: fc.oneof(simply('retry', 'cancel', 'reverse', 'reverse'), depart) },
);

/** Workers may die and time may pass, but every attempt that is reported has gone well and nobody interferes. */
export const nothingBad: fc.Arbitrary<Happening> = fc.oneof(
  { weight: 6, arbitrary: simply('look') },
  { weight: 8, arbitrary: report(fc.constant('well')) },
  { weight: 2, arbitrary: time },
  { weight: 1, arbitrary: simply('die', 'release') },
);

/** Of a case that is over, so much is still tried. */
const AFTER_THE_END = 6;

const beginning = fc.record({
  playbook: fc.constantFrom('offboard', 'contain'),
  hold: fc.constantFrom(null, 'protected'),
  startsAt: fc.constantFrom(null, null, null, later(90)),
  confirmBy: fc.constantFrom([], [], ['idp']),
});
/** How far the case comes before anything goes wrong. */
const goodSteps = fc.nat(12);
export const policy = fc.record({ graceSeconds: fc.constantFrom(0, 60), transfersAtOnce: fc.integer({ min: 1, max: 2 }) });

/** Walks through cases to which anything may happen, each until it has calmed down; the same cases each time. */
export function walkThroughAnything(numRuns: number, check: (walk: Walk) => void): void {
  const way = fc.array(anything, { maxLength: 120, size: 'max' });
  const property = fc.property(policy, beginning, goodSteps, way, (changes, begins, good, happenings) => {
    const walk = new Walk({ ...POLICY, ...changes }, begins);
    for (let step = 0; step < good; step += 1) {
      walk.happen({ type: 'look', pick: 0 });
      walk.happen({ type: 'report', pick: 0, how: 'well', subjects: 3 });
    }
    let stillAfterItsEnd = AFTER_THE_END;
    for (const happening of happenings) {
      walk.happen(happening);
      stillAfterItsEnd -= isFinal(walk.snapshot.case.state) ? 1 : 0;
      if (stillAfterItsEnd === 0) {
        break;
      }
    }
    walk.calmDown();
    check(walk);
  });
  fc.assert(property, runs(numRuns));
}
