import type { Config, Connection, EntraConnection, OktaConnection } from './config/config.ts';
import type { Database } from './database/database.ts';
import { createEntraReader, createOktaReader, type DirectoryReader, type ManagerSource, openGraph } from './directory/reader.ts';
import type { OperatorAccess } from './http/auth.ts';
import type { Timeouts } from './http/build-http.ts';
import { createOidc } from './http/oidc.ts';
import type { GraphNotifications } from './intake/entra-graph/routes.ts';
import type { GraphWorkerNeeds } from './intake/entra-graph/worker.ts';
import type { OktaEventHook } from './intake/okta-event-hook/routes.ts';
import type { OktaRevocation } from './intake/okta-revocation/routes.ts';
import { createRevocationVerifier } from './intake/okta-revocation/verify.ts';
import { tenantOf } from './intake/scim/authenticate.ts';
import { createScimManagers } from './intake/scim/manager.ts';
import type { ScimConnection } from './intake/scim/routes.ts';
import { createCriticalMembers } from './intake/shared-signals/critical.ts';
import { createPoller, type Poller, type PollerNeeds } from './intake/shared-signals/poll.ts';
import { createSetVerifier, type SharedSignalsStream } from './intake/shared-signals/verify.ts';
import type { StandardWebhook } from './intake/standard-webhook/routes.ts';
import { toWebhookKey } from './intake/standard-webhook/verify.ts';
import type { Clock } from './kernel/clock.ts';
import type { Log } from './kernel/log.ts';
import { createConfirmer, createPersonalConfirmer } from './offboarding/confirmer.ts';
import type { HttpClient } from './outbound/outbound.ts';
import type { Performer } from './targets/target.ts';
import { createTokenVerifier, type TokenVerifierNeeds } from './tokens/tokens.ts';

/** How long a client of ours may take. */
export function toTimeouts({ server: { timeouts } }: Config): Timeouts {
  const { headersSeconds, requestSeconds, idleSeconds } = timeouts;
  return { headersMs: headersSeconds * 1_000, requestMs: requestSeconds * 1_000, idleMs: idleSeconds * 1_000 };
}

/** Who may use the operator API. */
export function toOperators({ operators: { tokens, oidc } }: Config, needs: TokenVerifierNeeds): OperatorAccess {
  return { tokens, oidc: oidc ? createOidc(oidc, needs) : null };
}

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
  return { connection, clientStates: clientState.map((secret) => secret.reveal()), tenantId, tokens };
}

/** The tenant as its subscription needs it. */
export function toWatched(
  { connection, graph, settings }: GraphTenant,
  { server }: Config,
  readers: ReadonlyMap<string, DirectoryReader>,
): GraphWorkerNeeds['connections'][number] {
  const reader = readers.get(connection) ?? createEntraReader({ connection, graph });
  const notificationUrl = `${server.publicUrl}/intake/entra/${connection}/notifications`;
  return { connection, graph, reader, notificationUrl, clientState: settings.clientState[0]?.reveal() ?? '' };
}

export function toEventHook(connection: Connection): OktaEventHook[] {
  const hook: OktaConnection['eventHook'] = connection.kind === 'okta' ? connection.eventHook : undefined;
  return hook
    ? [
        {
          connection: connection.id,
          header: hook.header.toLowerCase(),
          secrets: hook.secrets.map((secret) => secret.reveal()),
          apps: new Set(hook.apps),
        },
      ]
    : [];
}

export function toScim(connection: Connection, needs: TokenVerifierNeeds): ScimConnection[] {
  if ((connection.kind !== 'okta' && connection.kind !== 'entra') || !connection.scim) {
    return [];
  }
  const tokens = connection.scim.tokens.map((token) => token.reveal());
  const rules = 'entraJwt' in connection.scim ? connection.scim.entraJwt : undefined;
  const entraJwt = rules ? { verifier: createTokenVerifier({ ...rules, typ: null }, needs), tenant: tenantOf(rules.issuer) } : null;
  return [{ connection: connection.id, provider: connection.kind, credentials: { tokens, entraJwt } }];
}

/** Who can say who somebody's manager is, in the order of the configuration: of each connection its reader, and then what was written over SCIM. */
export function toManagerSources({ connections }: Config, readers: ReadonlyMap<string, DirectoryReader>, db: Database): ManagerSource[] {
  return connections.flatMap((connection) => {
    const reader = readers.get(connection.id);
    const isWritten = (connection.kind === 'okta' || connection.kind === 'entra') && connection.scim !== undefined;
    const written = isWritten ? [createScimManagers({ connection: connection.id, provider: connection.kind, db })] : [];
    return [...(reader ? [reader] : []), ...written];
  });
}

export function toWebhook(connection: Connection): StandardWebhook[] {
  if (connection.kind !== 'webhook') {
    return [];
  }
  const { id, secrets, toleranceSeconds, mapping, defaultTimeZone } = connection;
  return [{ connection: id, keys: secrets.map((secret) => toWebhookKey(secret.reveal())), toleranceSeconds, mapping, defaultTimeZone }];
}

export function toRevocation(connection: Connection, needs: TokenVerifierNeeds): OktaRevocation[] {
  const logout = connection.kind === 'okta' ? connection.universalLogout : undefined;
  return logout ? [{ connection: connection.id, issuer: logout.issuer, verifier: createRevocationVerifier(logout, needs) }] : [];
}

export function toSharedSignals(connection: Connection, needs: TokenVerifierNeeds): SharedSignalsStream[] {
  if (connection.kind !== 'ssf') {
    return [];
  }
  const { id, issuer, bearer } = connection;
  const verifier = createSetVerifier(connection, needs);
  const criticalMembers = createCriticalMembers({ issuer, ...needs });
  return [{ connection: id, issuer, bearer: bearer.map((value) => value.reveal()), verifier, criticalMembers }];
}

/** What fetches the tokens of each stream that is to be polled. */
export function toPollers(config: Config, streams: readonly SharedSignalsStream[], needs: Omit<PollerNeeds, 'stream' | 'poll'>): Poller[] {
  return streams.flatMap((stream) => {
    const connection = config.connections.find(({ id }) => id === stream.connection);
    if (connection?.kind !== 'ssf' || !connection.poll) {
      return [];
    }
    const { url, intervalSeconds, token } = connection.poll;
    return [createPoller({ ...needs, stream, poll: { url, intervalMs: intervalSeconds * 1_000, token: token.reveal() } })];
  });
}

/**
 * What confirms departures that a connection tells of, by connection: its reader where it has one, and a person where `policy.confirm` wants every
 * departure confirmed.
 */
export function toConfirmers(
  { connections, policy }: Config,
  readers: ReadonlyMap<string, DirectoryReader>,
  needs: { readonly clock: Clock; readonly idAt: (connection: string, email: string) => Promise<string | null> },
): ReadonlyMap<string, Performer> {
  if (policy.confirm === 'never') {
    return new Map();
  }
  const confirmers = connections.flatMap(({ id }) => {
    const reader = readers.get(id);
    if (reader) {
      return [createConfirmer({ reader, clock: needs.clock, idOf: async (email) => await needs.idAt(id, email) })];
    }
    return policy.confirm === 'always' ? [createPersonalConfirmer(id)] : [];
  });
  return new Map(confirmers.map((confirmer) => [confirmer.id, confirmer]));
}
