import fc from 'fast-check';
import { runs } from '../../support/sweep.ts';
import { POLICY } from './cases.ts';
import { type Happening, type How, Walk } from './walk.ts';

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
export const nothingBad: fc.Arbitrary<Happening> = fc.oneof(
  { weight: 6, arbitrary: simply('look') },
  { weight: 8, arbitrary: report(fc.constant('well')) },
  { weight: 2, arbitrary: time },
  { weight: 1, arbitrary: simply('die', 'release') },
);

export const policy = fc.record({ graceSeconds: fc.constantFrom(0, 60), transfersAtOnce: fc.integer({ min: 1, max: 2 }) });

/** Walks through cases to which anything may happen, each until it has calmed down; the same cases each time. */
export function walkThroughAnything(numRuns: number, check: (walk: Walk) => void): void {
  const way = fc.array(anything, { maxLength: 120, size: 'max' });
  const property = fc.property(policy, fc.constantFrom('offboard', 'contain'), fc.constantFrom(null, 'protected'), way, (...how) => {
    const [changes, playbook, hold, happenings] = how;
    const walk = new Walk({ ...POLICY, ...changes }, playbook, hold);
    for (const happening of happenings) {
      walk.happen(happening);
    }
    walk.calmDown();
    check(walk);
  });
  fc.assert(property, runs(numRuns));
}
