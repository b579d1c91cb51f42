import type { Config, EntraConnection } from './config/config.ts';
import { createEntraReader, createOktaReader, type DirectoryReader, openGraph } from './directory/reader.ts';
import type { GraphNotifications } from './intake/entra-graph/routes.ts';
import type { GraphWorkerNeeds } from './intake/entra-graph/worker.ts';
import { createTokenVerifier } from './intake/signed-token.ts';
import type { Clock } from './kernel/clock.ts';
import type { Log } from './kernel/log.ts';
import type { HttpClient } from './outbound/outbound.ts';

/** An Entra connection whose Graph we use. */
export interface GraphTenant {
  readonly connection: string;
  readonly graph: HttpClient;
  readonly settings: NonNullable<EntraConnection['graph']>;
}

/** Opens Graph for every connection that has it. */
export function openTenants(config: Config, log: Log, clock: Clock): GraphTenant[] {
  return config.connections.flatMap((connection) => {
    if (connection.kind !== 'entra' || !connection.graph) return [];
    const { clientSecret, ...settings } = connection.graph;
    const site = { ...settings, connection: connection.id, clientSecret: clientSecret.reveal(), http: config.http, clock, log };
    return [{ connection: connection.id, graph: openGraph(site), settings: connection.graph }];
  });
}

/** The reader of every connection that has one, by connection. */
export function openReaders(config: Config, tenants: readonly GraphTenant[], log: Log, clock: Clock): Map<string, DirectoryReader> {
  const okta = config.connections.flatMap((connection) => {
    if (connection.kind !== 'okta' || !connection.api) return [];
    const { baseUrl, token, clientId = '', privateKey } = connection.api;
    const signIn = token ? { token: token.reveal() } : { clientId, privateKey: privateKey?.reveal() ?? '' };
    return [createOktaReader({ connection: connection.id, baseUrl, signIn, http: config.http, clock, log })];
  });
  return new Map([...okta, ...tenants.map(createEntraReader)].map((reader) => [reader.connection, reader]));
}

/** The tenant as its notifications need it. */
export function toNotifications({ connection, settings }: GraphTenant, log: Log, clock: Clock): GraphNotifications {
  const { tenantId, clientId: audience, tokenUrl, clientState } = settings;
  const { origin } = new URL(tokenUrl);
  const issuer = [`https://sts.windows.net/${tenantId}/`, `${origin}/${tenantId}/v2.0`];
  const jwksUri = `${origin}/common/discovery/v2.0/keys`;
  const tokens = createTokenVerifier({ issuer, audience, jwksUri, typ: null }, { clock, log });
  return { connection, clientState: clientState.reveal(), tenantId, tokens };
}

/** The tenant as its subscription needs it. */
export function toWatched(
  { connection, graph, settings }: GraphTenant,
  { server }: Config,
  readers: ReadonlyMap<string, DirectoryReader>,
): GraphWorkerNeeds['connections'][number] {
  const reader = readers.get(connection) ?? createEntraReader({ connection, graph });
  const notificationUrl = `${server.publicUrl}/intake/entra/${connection}/notifications`;
  return { connection, graph, reader, notificationUrl, clientState: settings.clientState.reveal() };
}
