import { randomUUID } from 'node:crypto';
import { type EntraDelivery, openDeliveries } from './entra/deliver.ts';
import { answerGraph } from './entra/graph.ts';
import { createIssuer, PROVISIONED_APP, type ValidationTokenOptions } from './entra/issuer.ts';
import { createTenant, type EntraUser, type Subscription } from './entra/tenant.ts';
import { startTroubled, type TroubledServer } from './troubled.ts';

export type { EntraDelivery } from './entra/deliver.ts';
export type { ValidationTokenOptions } from './entra/issuer.ts';
export type { EntraUser, Subscription } from './entra/tenant.ts';

export interface EntraOptions {
  readonly port?: number;
  readonly tenantId?: string;
  readonly clientId?: string;
  readonly clientSecret?: string;
  /** How long an access token is good, in seconds. */
  readonly tokenSeconds?: number;
  /** By which subscriptions and tokens end. */
  readonly now?: () => Date;
  /** Whether a change of a user is told to subscribers by itself; true by default. */
  readonly tells?: boolean;
}

/** An Entra tenant behind a Microsoft Graph that tells its subscribers, on real sockets. */
export interface Entra extends TroubledServer {
  readonly tenantId: string;
  readonly clientId: string;
  readonly clientSecret: string;
  /** Where Graph is, version included. */
  readonly graphUrl: string;
  readonly tokenUrl: string;
  readonly subscriptions: ReadonlyMap<string, Subscription>;
  /** Every notification that was sent, with the answer it got. */
  readonly deliveries: readonly EntraDelivery[];
  add(user: { readonly email: string; readonly name?: string; readonly id?: string; readonly managerId?: string }): EntraUser;
  setEnabled(id: string, enabled: boolean): void;
  /** Any change of the profile. */
  change(id: string, what: Partial<Pick<EntraUser, 'mail' | 'userPrincipalName' | 'displayName' | 'managerId'>>): void;
  softDelete(id: string): void;
  restore(id: string): void;
  /** Deletes for good. */
  purge(id: string): void;
  /** Sends one item to every subscriber, as it is, with these members beside or in the place of the usual ones. */
  tell(item: Readonly<Record<string, unknown>>, envelope?: Readonly<Record<string, unknown>>): void;
  /** Ends a subscription on Graph's side; with `tell`, a lifecycle notification says so. */
  removeSubscription(id: string, how?: 'tell' | 'silently'): void;
  validationToken(options?: ValidationTokenOptions): Promise<string>;
  /** What an app must be told of the tokens by which the provisioning service shows itself. */
  readonly provisioning: { readonly issuer: string; readonly audience: string; readonly jwksUri: string };
  /** Such a token. */
  provisioningToken(): Promise<string>;
  /** From now on the application signs in with these secrets, and with no others. */
  acceptSecrets(...secrets: readonly string[]): void;
  /** A new key signs tokens from now on; the one before stays published until it is retired. */
  rotateKeys(): Promise<void>;
  retireKeys(): void;
  /** Forgets what changed so far: a delta token given out before is too old. */
  expireDelta(): void;
  /** Access tokens that were given out are no longer good. */
  revokeTokens(): void;
  /** Resolves when every notification under way has its answer. */
  settled(): Promise<void>;
}

export async function startEntra(options: EntraOptions = {}): Promise<Entra> {
  const identity = {
    tenantId: options.tenantId ?? randomUUID(),
    clientId: options.clientId ?? randomUUID(),
    clientSecret: options.clientSecret ?? `secret-of-${randomUUID()}`,
  };
  const now = options.now ?? (() => new Date());
  const tenant = createTenant();
  const deliveries = openDeliveries(tenant, identity.tenantId, now);
  const issuer = await createIssuer({ ...identity, now, tokenSeconds: options.tokenSeconds ?? 3_599 });
  const server = await startTroubled(
    options.port ?? 0,
    async (arrival) => (await issuer.answer(arrival)) ?? (await answerGraph({ tenant, issuer, deliveries, now }, arrival)),
  );
  const told = (id: string, changeType: 'updated' | 'deleted', work: () => void): void => {
    work();
    tenant.log.push({ id, kind: changeType });
    if (options.tells !== false) deliveries.tellChange(id, changeType);
  };
  return {
    ...server,
    ...identity,
    graphUrl: `${server.origin}/v1.0`,
    tokenUrl: `${server.origin}/${identity.tenantId}/oauth2/v2.0/token`,
    subscriptions: tenant.subscriptions,
    deliveries: deliveries.all,
    add: ({ email, name = email, id = randomUUID(), managerId = null }) => {
      const user = { id, mail: email, userPrincipalName: email, displayName: name, accountEnabled: true, managerId, isDeleted: false };
      told(id, 'updated', () => tenant.users.set(id, user));
      return user;
    },
    setEnabled: (id, enabled) => told(id, 'updated', () => Object.assign(tenant.user(id), { accountEnabled: enabled })),
    change: (id, what) => told(id, 'updated', () => Object.assign(tenant.user(id), what)),
    softDelete: (id) => told(id, 'updated', () => Object.assign(tenant.user(id), { isDeleted: true })),
    restore: (id) => told(id, 'updated', () => Object.assign(tenant.user(id), { isDeleted: false })),
    purge: (id) => told(id, 'deleted', () => tenant.users.delete(id)),
    tell: (item, envelope) => deliveries.tell(item, envelope),
    removeSubscription: (id, how = 'tell') => {
      if (how === 'tell') deliveries.tellLifecycle(id, 'subscriptionRemoved');
      tenant.subscriptions.delete(id);
    },
    validationToken: async (how) => await issuer.validationToken(how),
    provisioning: {
      issuer: `https://sts.windows.net/${identity.tenantId}/`,
      audience: PROVISIONED_APP,
      jwksUri: `${server.origin}/${identity.tenantId}/discovery/keys`,
    },
    provisioningToken: async () => await issuer.provisioningToken(),
    acceptSecrets: (...secrets) => issuer.acceptSecrets(...secrets),
    rotateKeys: async () => await issuer.rotate(),
    retireKeys: () => issuer.retire(),
    expireDelta: () => tenant.expireDelta(),
    revokeTokens: () => issuer.revoke(),
    settled: async () => await deliveries.settled(),
    close: async () => {
      await deliveries.close();
      await server.close();
    },
  };
}
