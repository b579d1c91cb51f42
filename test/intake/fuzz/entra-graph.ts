import fc from 'fast-check';
import { fixture } from '../entra-graph/graph-server.ts';
import { type Attempt, addresses, type Fuzzed, posts, secretOr } from './attempt.ts';
import { bytes, mutated, toBytes } from './shapes.ts';
import { type TokenForm, tokens } from './tokens.ts';

/** The user that every forged item is about: nobody may ever read it back. */
export const FORGED_USER = 'f0000000-0000-4000-8000-00000000f0f0';

/** @see https://learn.microsoft.com/graph/change-notifications-with-resource-data#validation-tokens-in-the-change-notification */
const GRAPH_APP = '0bf30f3b-4a52-48df-9a82-234910c4a086';

export interface FuzzedTenant {
  readonly connection: string;
  readonly clientState: string;
  readonly tenantId: string;
  readonly clientId: string;
  readonly keys: Pick<TokenForm, 'key' | 'stranger'>;
}

export async function fuzzedNotifications({ connection, clientState, ...tenant }: FuzzedTenant): Promise<Fuzzed> {
  const path = `/intake/entra/${connection}/notifications`;
  const names = ['notification-user-updated-basic', 'lifecycle-reauthorization-required'];
  const published = (await Promise.all(names.map(async (name) => await fixture(name)))).map(({ body }) => body);
  const items = published.flatMap(({ value }) => value ?? []);
  const deleted = { changeType: 'deleted', resource: 'Users/87d349ed-44d7-43e1-9a83-5f2406dee5bd', tenantId: 'acme.example' };
  const item = mutated(...items, deleted);
  const validation = validationTokens(tenant);
  const genuine = fc
    .tuple(fc.array(item, { maxLength: 4 }), fc.option(fc.array(validation.genuine, { maxLength: 2 })))
    .map(([all, signed]) => ({ value: all.map((one) => carrying(one, clientState)), ...(signed && { validationTokens: signed }) }));
  /** With the client state that is right; only the tokens beside the items say that Graph has not sent them. */
  const forgedTokens = fc
    .tuple(fc.array(item, { minLength: 1, maxLength: 4 }), validation.forged, fc.array(validation.genuine, { maxLength: 1 }))
    .map(([all, wrong, right]) => ({
      value: all.map((one) => aboutNobody(one, clientState)),
      validationTokens: [...right, wrong],
    }));
  const forged = fc
    .tuple(
      fc.array(item, { minLength: 1, maxLength: 4 }),
      secretOr(clientState, (value) => value),
    )
    .map(([all, { made, isGenuine }]) => ({
      value: all.map((one) => aboutNobody(one, isGenuine ? '' : made)),
    }));
  const body = fc.oneof(
    { weight: 3, arbitrary: genuine.map((value) => ({ isGenuine: true, body: toBytes(value) })) },
    { weight: 2, arbitrary: forged.map((value) => ({ isGenuine: false, body: toBytes(value) })) },
    { weight: 1, arbitrary: forgedTokens.map((value) => ({ isGenuine: false, body: toBytes(value) })) },
    bytes(mutated(...published)).map((raw) => ({ isGenuine: false, body: raw })),
  );
  const notifications = posts({
    path: addresses(path),
    headers: { 'content-type': 'application/json' },
    body: fc.constant(Buffer.alloc(0)),
    prove: body.map((proof) => () => proof),
  });
  const handshake: fc.Arbitrary<Attempt> = fc.string({ unit: 'binary', maxLength: 60 }).map((token) => ({
    method: 'POST',
    path: `${path}?validationToken=${encodeURIComponent(token.toWellFormed())}`,
    headers: {},
    body: Buffer.alloc(0),
    isGenuine: true,
  }));
  return { name: 'entra-graph', hidesRefusals: true, attempts: fc.oneof({ weight: 20, arbitrary: notifications }, handshake) };
}

/** Those that Graph has signed, and others; text that is no token at all is among them. */
function validationTokens({ tenantId, clientId, keys }: Pick<FuzzedTenant, 'tenantId' | 'clientId' | 'keys'>) {
  const now = Math.floor(Date.now() / 1_000);
  const base = { iss: `https://sts.windows.net/${tenantId}/`, aud: clientId, tid: tenantId, iat: now, nbf: now - 300, exp: now + 86_400 };
  const claims = fc.constantFrom({ ...base, appid: GRAPH_APP, ver: '1.0' }, { ...base, azp: GRAPH_APP, ver: '2.0' });
  const badClaims = [
    { tid: 'other.example' },
    { tid: undefined },
    { appid: 'another', azp: 'another' },
    { appid: null, azp: null },
    { exp: 1 },
  ];
  const all = tokens({ ...keys, typ: 'JWT', typeCounts: false, badClaims }, claims);
  const made = (isWanted: boolean) => all.filter(({ isGenuine }) => isGenuine === isWanted).map(({ token }) => token);
  return { genuine: made(true), forged: fc.oneof({ weight: 4, arbitrary: made(false) }, fc.string()) };
}

function aboutNobody(item: fc.JsonValue, clientState: string) {
  return { ...(carrying(item, clientState) as object), clientState, resource: `Users/${FORGED_USER}`, changeType: 'updated' };
}

function carrying(item: fc.JsonValue, clientState: string): fc.JsonValue {
  return typeof item === 'object' && item !== null && !Array.isArray(item) ? { ...item, clientState } : item;
}
