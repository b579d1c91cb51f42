import assert from 'node:assert/strict';
import type { TestContext } from 'node:test';
import { freePort } from '../../../src/cli/demo/free-port.ts';
import { type Entra, startEntra } from '../../../src/sandbox/entra.ts';
import { createOkta, type OktaUsers, startOktaUsers } from '../../../src/sandbox/okta.ts';
import { RISC } from '../../../src/sandbox/security-event.ts';
import type { Transmitter } from '../../../src/sandbox/transmitter.ts';
import { HOOK_SECRET } from '../../support/service.ts';
import { undo } from '../../support/undo.ts';
import { type IssuerKey, makeKey } from './issuer.ts';
import { startTestTransmitter } from './transmitter.ts';

/** The secrets by which Leaver calls others, in the order in which they follow each other. */
export const TERMS = ['old', 'new', 'newest'] as const;
export type Term = (typeof TERMS)[number];

/** A secret of one term, by the connection whose work needs it. */
export const SECRETS = {
  'okta-token': 'api.token',
  'okta-app': 'api.privateKey',
  'entra-main': 'graph.clientSecret',
  signals: 'poll.token',
} as const;
export type Connection = keyof typeof SECRETS;
export const CONNECTIONS = Object.keys(SECRETS) as Connection[];

/** The secret of a connection in a term. */
export const named = (connection: Connection, term: Term): string => `${connection}-${term}`;
/** Who is to leave in the term by what the connection says. */
export const emailOf = (connection: Connection, term: Term): string => `${named(connection, term)}@acme.example`;

/** An Okta that is read with a token and one that is read with a key, an Entra, and a transmitter that is polled. */
export interface World {
  readonly port: number;
  readonly keys: Readonly<Record<Term, IssuerKey>>;
  readonly withToken: OktaUsers;
  readonly withKey: OktaUsers;
  readonly entra: Entra;
  readonly transmitter: Transmitter;
  /** From now on the others accept the secrets of these terms, and no others; what they gave out for one before stays good. */
  accept(...terms: readonly Term[]): void;
  /** Whoever is to leave in the term disappears, and the connection tells of it, or can be asked. */
  leave(connection: Connection, term: Term): Promise<void>;
}

const oktaIdOf = (term: Term): string => `00u${term.padEnd(17, 'x')}`;

export async function setWorld(t: TestContext): Promise<World> {
  const keys = { old: await makeKey('old'), new: await makeKey('new'), newest: await makeKey('newest') };
  const app = { clientId: 'leaver-app', keys: [keys.old.publicJwk] };
  const [withToken, withKey] = [await startOktaUsers({ token: named('okta-token', 'old') }), await startOktaUsers({ app })];
  const entra = await startEntra({ clientSecret: named('entra-main', 'old') });
  const transmitter = await startTestTransmitter(t, { token: named('signals', 'old') });
  for (const one of [withToken, withKey, entra]) undo(t, async () => await one.close());
  const port = await freePort();
  const hooks = (['okta-token', 'okta-app'] as const).map((connection) =>
    createOkta({ hookUrl: `http://127.0.0.1:${port}/intake/okta/${connection}/events`, secret: HOOK_SECRET }),
  );
  for (const hook of hooks) undo(t, async () => await hook.close());
  // Before there is a subscription: that somebody joins is told to nobody.
  const employees = new Map(TERMS.map((term) => [term, entra.add({ email: emailOf('entra-main', term) }).id]));

  const deactivate = async (users: OktaUsers, connection: 'okta-token' | 'okta-app', term: Term): Promise<void> => {
    const [id, login] = [oktaIdOf(term), emailOf(connection, term)];
    users.deactivate(users.add({ id, email: login }).id);
    const [token, key] = hooks;
    assert.equal((await (connection === 'okta-token' ? token : key)?.deactivate({ id, login }))?.status, 204);
  };
  const leave: Record<Connection, (term: Term) => Promise<void>> = {
    'okta-token': async (term) => await deactivate(withToken, 'okta-token', term),
    'okta-app': async (term) => await deactivate(withKey, 'okta-app', term),
    'entra-main': async (term) => {
      entra.setEnabled(employees.get(term) ?? '', false);
      await entra.settled();
      assert.equal(entra.deliveries.at(-1)?.status, 202);
    },
    signals: async (term) => {
      const subject = { email: emailOf('signals', term) };
      transmitter.streams.enqueue(await transmitter.sign(transmitter.claims('ssf', { type: `${RISC}account-disabled`, subject })));
    },
  };
  return {
    port,
    keys,
    withToken,
    withKey,
    entra,
    transmitter,
    leave: async (connection, term) => await leave[connection](term),
    accept: (...terms) => {
      withToken.acceptTokens(...terms.map((term) => named('okta-token', term)));
      withKey.acceptKeys(...terms.map((term) => keys[term].publicJwk));
      entra.acceptSecrets(...terms.map((term) => named('entra-main', term)));
      transmitter.acceptTokens(...terms.map((term) => named('signals', term)));
    },
  };
}
