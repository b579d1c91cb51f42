import { readdir } from 'node:fs/promises';
import fc from 'fast-check';
import { MEANT_TYPES } from '../../../src/intake/shared-signals/events.ts';
import { claimsOf, fixture, TYPE } from '../shared-signals/stage.ts';
import { addresses, type Fuzzed, posts } from './attempt.ts';
import { mutated } from './shapes.ts';
import { type TokenForm, tokens } from './tokens.ts';

const FIXTURES = new URL('../../fixtures/ssf/', import.meta.url);

export async function fuzzedStream(connection: string, issuer: string, audience: string, keys: Omit<TokenForm, 'typ'>): Promise<Fuzzed> {
  const names = (await readdir(FIXTURES)).flatMap((file) => /^(set-.*)\.json$/.exec(file)?.[1] ?? []);
  const published = await Promise.all(names.map(fixture));
  const ours = MEANT_TYPES.map((type) => claimsOf({ events: { [type]: {} } }));
  const ids = fc.option(fc.uuid(), { nil: undefined, freq: 5 });
  const claims = fc
    .tuple(mutated(...published, ...ours), ids)
    .map(([all, jti]) => ({ ...(all as object), ...(jti !== undefined && { jti }), iss: issuer, aud: audience, nbf: undefined }));
  return {
    name: 'shared-signals',
    attempts: posts({
      path: addresses(`/intake/ssf/${connection}/events`),
      headers: { 'content-type': `application/${TYPE}`, accept: 'application/json' },
      body: fc.constant(Buffer.alloc(0)),
      prove: tokens({ ...keys, typ: TYPE }, claims).map(({ token, isGenuine }) => () => ({ isGenuine, body: Buffer.from(token) })),
    }),
  };
}
