import { readdir } from 'node:fs/promises';
import fc from 'fast-check';
import { MEANT_TYPES } from '../../../src/intake/shared-signals/events.ts';
import { claimsOf, fixture, TYPE } from '../shared-signals/stage.ts';
import { addresses, type Fuzzed, posts, secretOr } from './attempt.ts';
import { mutated } from './shapes.ts';
import { type TokenForm, tokens } from './tokens.ts';

const FIXTURES = new URL('../../fixtures/ssf/', import.meta.url);

export interface FuzzedStream {
  readonly name: string;
  readonly connection: string;
  readonly issuer: string;
  readonly audience: string;
  readonly keys: Pick<TokenForm, 'key' | 'stranger'>;
  /** What its pushes carry in the Authorization header, where the connection asks for it. */
  readonly bearer?: string;
}

export async function fuzzedStream({ name, connection, issuer, audience, keys, bearer }: FuzzedStream): Promise<Fuzzed> {
  const names = (await readdir(FIXTURES)).flatMap((file) => /^(set-.*)\.json$/.exec(file)?.[1] ?? []);
  const published = await Promise.all(names.map(fixture));
  const ours = MEANT_TYPES.map((type) => claimsOf({ events: { [type]: {} } }));
  const ids = fc.option(fc.uuid(), { nil: undefined, freq: 5 });
  const claims = fc
    .tuple(mutated(...published, ...ours), ids)
    .map(([all, jti]) => ({ ...(all as object), ...(jti !== undefined && { jti }), iss: issuer, aud: audience, nbf: undefined }));
  const token = tokens({ ...keys, typ: TYPE }, claims);
  const authorization = bearer === undefined ? fc.constant(null) : secretOr(bearer, (value) => value);
  return {
    name,
    attempts: posts({
      path: addresses(`/intake/ssf/${connection}/events`),
      headers: { 'content-type': `application/${TYPE}`, accept: 'application/json' },
      body: fc.constant(Buffer.alloc(0)),
      prove: fc.tuple(token, authorization).map(([set, header]) => () => ({
        isGenuine: set.isGenuine && header?.isGenuine !== false,
        body: Buffer.from(set.token),
        ...(header && { headers: { authorization: header.made } }),
      })),
    }),
  };
}
