import fc from 'fast-check';
import { fixture } from '../entra-graph/graph-server.ts';
import { type Attempt, addresses, type Fuzzed, posts, secretOr } from './attempt.ts';
import { bytes, mutated, toBytes } from './shapes.ts';

/** The user that every forged item is about: nobody may ever read it back. */
export const FORGED_USER = 'f0000000-0000-4000-8000-00000000f0f0';

export async function fuzzedNotifications(connection: string, clientState: string): Promise<Fuzzed> {
  const path = `/intake/entra/${connection}/notifications`;
  const names = ['notification-user-updated-basic', 'lifecycle-reauthorization-required'];
  const published = (await Promise.all(names.map(async (name) => await fixture(name)))).map(({ body }) => body);
  const items = published.flatMap(({ value }) => value ?? []);
  const deleted = { changeType: 'deleted', resource: 'Users/87d349ed-44d7-43e1-9a83-5f2406dee5bd', tenantId: 'acme.example' };
  const item = mutated(...items, deleted);
  const genuine = fc
    .tuple(fc.array(item, { maxLength: 4 }), fc.option(fc.array(fc.string(), { maxLength: 2 })))
    .map(([all, validationTokens]) => ({
      value: all.map((one) => carrying(one, clientState)),
      ...(validationTokens && { validationTokens }),
    }));
  const forged = fc
    .tuple(
      fc.array(item, { minLength: 1, maxLength: 4 }),
      secretOr(clientState, (value) => value),
    )
    .map(([all, { made, isGenuine }]) => ({
      value: all.map((one) => ({
        ...(carrying(one, isGenuine ? '' : made) as object),
        resource: `Users/${FORGED_USER}`,
        changeType: 'updated',
      })),
    }));
  const body = fc.oneof(
    { weight: 3, arbitrary: genuine.map((value) => ({ isGenuine: true, body: toBytes(value) })) },
    { weight: 2, arbitrary: forged.map((value) => ({ isGenuine: false, body: toBytes(value) })) },
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

function carrying(item: fc.JsonValue, clientState: string): fc.JsonValue {
  return typeof item === 'object' && item !== null && !Array.isArray(item) ? { ...item, clientState } : item;
}
