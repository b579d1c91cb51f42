import type { Config, Connection, EntraConnection, OktaConnection } from './config/config.ts';
import type { GraphTenant } from './connections.ts';
import type { Database } from './database/database.ts';
import type { DirectoryReader } from './directory/reader.ts';
import { type ConnectionToInspect, type Look, lookAtIntake, lookAtKeys, lookAtReader, lookAtSignals } from './intake/connection.ts';
import { lookAtSubscription } from './intake/entra-graph/look.ts';
import type { Intake } from './intake/intake.ts';
import { lookAtPolling, lookAtTransmitter } from './intake/shared-signals/look.ts';
import type { Clock } from './kernel/clock.ts';

export interface ConnectionChecksNeeds {
  readonly config: Config;
  readonly tenants: readonly GraphTenant[];
  readonly readers: ReadonlyMap<string, DirectoryReader>;
  readonly intake: Pick<Intake, 'list'>;
  readonly db: Database;
  readonly clock: Clock;
}

/** Kinds of identity providers whose people can be read, where the configuration has what it takes. */
const READABLE: ReadonlySet<string> = new Set(['okta', 'entra']);

/** Every connection, with what can be tried of it by reading. */
export function toInspect(needs: ConnectionChecksNeeds): ConnectionToInspect[] {
  const { config, readers, intake } = needs;
  return config.connections.map((connection) => {
    const { id, kind } = connection;
    const reader = readers.get(id);
    const lastSignal = async () => {
      const [last] = (await intake.list({ connection: id, limit: 1 })).items;
      return last && { kind: last.kind, receivedAt: last.receivedAt };
    };
    return {
      id,
      kind,
      looks: [...looksOf(connection, needs), ...(READABLE.has(kind) ? [lookAtReader(reader)] : []), lookAtSignals(lastSignal)],
    };
  });
}

function looksOf(connection: Connection, needs: ConnectionChecksNeeds): Look[] {
  const base = `${needs.config.server.publicUrl}/intake`;
  switch (connection.kind) {
    case 'okta':
      return looksOfOkta(connection, base);
    case 'entra':
      return looksOfEntra(connection, base, needs);
    case 'ssf': {
      const { id, jwksUri, bearer, issuer, management, poll } = connection;
      const known =
        bearer.length > 0 ? `${accepted(bearer, 'Authorization value')}, with its signature` : 'its signature alone tells who sends';
      const how = poll
        ? lookAtPolling(id, { url: poll.url, token: poll.token.reveal() })
        : lookAtIntake('push', `${base}/ssf/${id}/events`, known);
      return [how, lookAtKeys(id, 'keys', jwksUri), ...(management ? [lookAtTransmitter(id, issuer)] : [])];
    }
    case 'webhook':
      return [lookAtIntake('webhook', `${base}/webhook/${connection.id}`, accepted(connection.secrets, 'secret'))];
  }
}

function looksOfOkta({ id, eventHook, universalLogout, scim }: OktaConnection, base: string): Look[] {
  const hook = eventHook && `${accepted(eventHook.secrets, 'secret')} in the header ${eventHook.header}`;
  return [
    ...(hook ? [lookAtIntake('event hook', `${base}/okta/${id}/events`, hook)] : []),
    ...(universalLogout ? [lookAtKeys(id, 'universal logout', universalLogout.jwksUri)] : []),
    ...(scim ? [lookAtIntake('SCIM', `${base}/scim/${id}/v2`, accepted(scim.tokens, 'token'))] : []),
  ];
}

function looksOfEntra({ id, scim, graph }: EntraConnection, base: string, { tenants, db, clock }: ConnectionChecksNeeds): Look[] {
  const tenant = graph && tenants.find(({ connection }) => connection === id);
  const notificationUrl = `${base}/entra/${id}/notifications`;
  return [
    ...(scim ? [lookAtIntake('SCIM', `${base}/scim/${id}/v2`, accepted(scim.tokens, 'token'))] : []),
    ...(scim?.entraJwt ? [lookAtKeys(id, 'SCIM tokens of Entra', scim.entraJwt.jwksUri)] : []),
    ...(tenant ? [lookAtSubscription({ db, clock, connection: id, graph: tenant.graph, notificationUrl })] : []),
  ];
}

/** Several are accepted while one is replaced by another. */
function accepted(things: readonly unknown[], name: string): string {
  return things.length === 1 ? `1 ${name} is accepted` : `${things.length} ${name}s are accepted`;
}
