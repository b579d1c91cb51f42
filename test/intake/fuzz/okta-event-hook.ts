import { readdir } from 'node:fs/promises';
import fc from 'fast-check';
import { deliveryOf } from '../okta-event-hook/fixtures.ts';
import { addresses, type Fuzzed, posts, secretOr } from './attempt.ts';
import { bytes, mutated } from './shapes.ts';

const FIXTURES = new URL('../../fixtures/okta-event-hook/', import.meta.url);

export async function fuzzedEventHook(connection: string, secret: string): Promise<Fuzzed> {
  const names = (await readdir(FIXTURES)).flatMap((file) => /^((?:delivery|logevent).*)\.json$/.exec(file)?.[1] ?? []);
  const deliveries = await Promise.all(names.map(deliveryOf));
  const path = `/intake/okta/${connection}/events`;
  const delivery = posts({
    path: addresses(path),
    headers: { 'content-type': 'application/json' },
    body: bytes(mutated(...deliveries)),
    prove: secretOr(secret, (authorization) => ({ authorization })).map(({ isGenuine, made: headers }) => () => ({ isGenuine, headers })),
  });
  const challenge = fc.string({ unit: 'grapheme-ascii', maxLength: 60 }).map((text) => ({
    method: 'GET',
    path,
    headers: { 'x-okta-verification-challenge': text },
    body: Buffer.alloc(0),
    isGenuine: true,
  }));
  return { name: 'okta-event-hook', attempts: fc.oneof({ weight: 20, arbitrary: delivery }, challenge) };
}
