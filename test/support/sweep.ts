import { randomInt } from 'node:crypto';

/**
 * How far the tests go that could go on for ever. `npm test` always goes the same way; `npm run test:long` goes further, another way each time, and
 * says which. The same way again: `LEAVER_TEST_SEED=<seed> npm run test:long`.
 */
export const LONG = process.env['LEAVER_TEST_LONG'] === '1';

/** That of `npm test`. */
export const FIXED_SEED = 20_260_302;
const TIMES_LONGER = 20;

const given = Number(process.env['LEAVER_TEST_SEED'] || Number.NaN);
export const SEED = Number.isInteger(given) ? given : LONG ? randomInt(2 ** 31) : FIXED_SEED;

// Printed before anything can fail.
process.stdout.write(`properties are walked with the seed ${SEED}${LONG ? `, ${TIMES_LONGER} times as far as in npm test` : ''}\n`);

/** The parameters of `fc.assert`: the seed, and how many examples are tried (`inShort` of them in `npm test`). */
export function runs(inShort = 100): { readonly seed: number; readonly numRuns: number } {
  return { seed: SEED, numRuns: LONG ? inShort * TIMES_LONGER : inShort };
}

/** The size of a test that has a short form. */
export function sized<T>({ short, long }: { readonly short: T; readonly long: T }): T {
  return LONG ? long : short;
}
