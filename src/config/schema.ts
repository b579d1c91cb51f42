import { z } from 'zod';
import type { Secret } from '../kernel/secret.ts';
import {
  databaseUrl,
  expects,
  flag,
  id,
  isAddressRange,
  list,
  mapping,
  milliseconds,
  nonEmptyList,
  oneOf,
  pathId,
  profileId,
  seconds,
  secret,
  secretOrSecrets,
  secrets,
  text,
  timeZone,
  url,
  webhookSecrets,
  whole,
} from './fields.ts';
import { notifications, silentAfterHours } from './notifications.ts';

/** A retry schedule cannot wait at least longer than it waits at most. */
const orderedDelays = ({ minDelayMs, maxDelayMs }: { minDelayMs: number; maxDelayMs: number }): boolean => minDelayMs <= maxDelayMs;
const ORDERED_DELAYS = { message: 'is greater than maxDelayMs; make it the smaller of the two', path: ['minDelayMs'] };

const TRUSTED = expects(
  'a yes or no, nor a list',
  'write false, true for one proxy with no way around it, or the addresses of the proxies: [10.0.0.0/8]',
);
const proxyAddress = text('an address', 'write an IP address or a range like 10.0.0.0/8, or loopback, linklocal, uniquelocal').refine(
  isAddressRange,
  expects('an address', 'write an IP address or a range like 10.0.0.0/8, or loopback, linklocal, uniquelocal'),
);

const server = mapping({
  host: text('a host', 'write the address to listen on').default('127.0.0.1'),
  port: whole(0, 65_535).default(8080),
  publicUrl: url('the address under which callers reach the service', { base: true }).optional(),
  trustProxy: z.union([flag, list(proxyAddress, 'write the addresses of the proxies as a list')], TRUSTED).default(false),
  rateLimit: mapping({
    max: whole(1, 1_000_000_000).default(6000),
    windowSeconds: seconds(1, 86_400).default(60),
  }).prefault({}),
  timeouts: mapping({
    headersSeconds: seconds(1, 600).default(10),
    requestSeconds: seconds(1, 3600).default(30),
    idleSeconds: seconds(30, 3600).default(60),
  })
    .refine(({ headersSeconds, requestSeconds }) => headersSeconds <= requestSeconds, {
      message: 'is greater than requestSeconds; make it the smaller of the two',
      path: ['headersSeconds'],
    })
    .prefault({}),
  shutdownSeconds: seconds(1, 3600).default(20),
}).transform(({ host, port, publicUrl, ...rest }) => ({
  host,
  port,
  publicUrl: publicUrl ?? `http://${host.includes(':') ? `[${host}]` : host}:${port}`,
  ...rest,
}));

const operatorToken = mapping({
  name: text('a name', 'write who holds the token'),
  role: oneOf(['viewer', 'operator', 'admin']),
  sha256: text('a SHA-256', 'write the 64 hexadecimal digits that `leaver token new` prints', /^[0-9a-f]{64}$/i).toLowerCase(),
});

const ROLES_OF_GROUPS = 'write the role of each group: { leaver-operators: operator }';

const issuer = (of: string, encrypted: boolean) => url(`the issuer of ${of}, letter for letter`, { encrypted });
const audience = text('an audience', 'write the audience that the tokens are made for');
const jwksUri = url('the address of the key set (JWKS)', { encrypted: true });

const claim = (of: string, example: string) => text('the name of a claim', `write the claim that carries ${of}, for example ${example}`);

/** What proves who signed; the same list as in `tokens`. */
const SIGNATURES = ['RS256', 'RS384', 'RS512', 'PS256', 'PS384', 'PS512', 'ES256', 'ES384', 'ES512', 'EdDSA'] as const;

const operatorOidc = mapping({
  issuer: issuer('the OpenID provider', true),
  audience,
  jwksUri: jwksUri.optional(),
  algorithms: nonEmptyList(oneOf(SIGNATURES), 'write the algorithms that the provider signs with: [RS256]').optional(),
  claim: claim('groups or roles', 'groups or realm_access.roles').default('groups'),
  nameClaim: claim('the name or the id of the operator', 'sub or uid').default('sub'),
  roles: z
    .record(z.string(), oneOf(['viewer', 'operator', 'admin']), expects('a mapping', ROLES_OF_GROUPS))
    .refine((roles) => Object.keys(roles).length > 0, { message: `is empty, so that nobody would be let in; ${ROLES_OF_GROUPS}` }),
});

const okta = mapping({
  id,
  kind: z.literal('okta'),
  intakeSilentAfterHours: silentAfterHours.optional(),
  eventHook: mapping({
    secrets,
    header: text('a header name', 'write the name of the header that carries the secret', /^[\w!#$%&'*+.^`|~-]+$/).default('Authorization'),
    apps: list(
      text('an id of an app', 'write the id of the app in Okta, which begins with 0oa', /^[A-Za-z0-9]{1,200}$/),
      'write the ids of the apps as a list',
    ).default([]),
  }).optional(),
  universalLogout: mapping({ issuer: issuer('the Okta organization', true), audience, jwksUri }).optional(),
  scim: mapping({ tokens: secrets }).optional(),
  api: mapping({
    baseUrl: url('the address of the Okta organization', { encrypted: true, base: true }),
    token: secret.optional(),
    clientId: text('a client id', 'write the id of the service app').optional(),
    privateKey: secret.optional(),
  })
    .refine(({ token, clientId, privateKey }) => (token ? !clientId && !privateKey : clientId && privateKey), {
      message: 'has not exactly one way to sign in; write either token, or clientId and privateKey',
    })
    .optional(),
});

const entra = mapping({
  id,
  kind: z.literal('entra'),
  intakeSilentAfterHours: silentAfterHours.optional(),
  scim: mapping({
    tokens: list(secret, 'write the bearer tokens as a list').default([]),
    entraJwt: mapping({ issuer: issuer('the tokens', true), audience, jwksUri }).optional(),
  })
    .refine(({ tokens, entraJwt }) => tokens.length > 0 || entraJwt, {
      message: 'has no way to tell who calls; write tokens, entraJwt or both',
    })
    .optional(),
  graph: mapping({
    clientState: secretOrSecrets,
    tenantId: text('a tenant id', "write the tenant's id or its domain", /^[A-Za-z0-9](?:[A-Za-z0-9.-]*[A-Za-z0-9])?$/),
    clientId: text('a client id', 'write the id of the registered application'),
    clientSecret: secret,
    baseUrl: url('the address of Microsoft Graph', { encrypted: true, base: true }).default('https://graph.microsoft.com/v1.0'),
    tokenUrl: url('the token address of the tenant', { encrypted: true, path: true }).optional(),
  })
    .transform(({ tokenUrl, ...rest }) => ({
      ...rest,
      tokenUrl: tokenUrl ?? `https://login.microsoftonline.com/${rest.tenantId}/oauth2/v2.0/token`,
    }))
    .optional(),
});

const ssf = mapping({
  id,
  kind: z.literal('ssf'),
  intakeSilentAfterHours: silentAfterHours.optional(),
  issuer: issuer('the transmitter', false),
  audience,
  jwksUri,
  bearer: list(secret, 'write the Authorization values as a list').default([]),
  poll: mapping({
    url: url('the address at which the stream is polled', { encrypted: true }),
    intervalSeconds: seconds(1, 3600).default(30),
    token: secret,
  }).optional(),
  management: mapping({ token: secret }).optional(),
});

const eventNames = list(text('an event name', "write the sender's name of the event"), 'write the names of the events as a list');
const fieldPath = text('the path of a field', 'write the names on the way to the field, with dots between', /^[^\s.]+(?:\.[^\s.]+)*$/);

const webhook = mapping({
  id,
  kind: z.literal('webhook'),
  intakeSilentAfterHours: silentAfterHours.optional(),
  secrets: webhookSecrets,
  toleranceSeconds: seconds(1, 86_400).default(300),
  defaultTimeZone: timeZone.default('UTC'),
  mapping: mapping({
    type: fieldPath.default('type'),
    email: fieldPath.default('data.email'),
    id: fieldPath.optional(),
    name: fieldPath.optional(),
    effectiveAt: fieldPath.default('data.effectiveAt'),
    timeZone: fieldPath.optional(),
    occurredAt: fieldPath.default('timestamp'),
    left: eventNames.default(['employee.terminated']),
    contain: eventNames.default(['employee.suspended']),
    back: eventNames.default(['employee.rehired']),
  })
    .refine(({ left, contain, back }) => new Set([...left, ...contain, ...back]).size === left.length + contain.length + back.length, {
      message: 'names an event twice; let each event stand once in left, contain or back',
    })
    .prefault({}),
});

const target = <Kind extends string>(kind: Kind) => ({
  id,
  kind: z.literal(kind),
  baseUrl: url("the address of the target's API", { encrypted: true, base: true }),
  token: secret,
  fallbackOwnerId: pathId('the account that takes over where no successor is found'),
});
const orgId = pathId('the organization');

const fastio = mapping({
  ...target('fastio'),
  orgId,
  serviceAccountId: pathId('the account that the token belongs to').optional(),
  storageQuotaBytes: whole(1, Number.MAX_SAFE_INTEGER).optional(),
});
const fastioLive = mapping({
  ...target('fastio-live'),
  orgId: profileId('the organization'),
  fallbackOwnerId: profileId('the account that takes over'),
});
const flashback = mapping({
  ...target('flashback'),
  refreshToken: secret.optional(),
  removeFromOrganization: flag.default(true),
});

/**
 * A dotted name, the URI of a security event, or its last part: `user.lifecycle.suspend`, `https://…/account-disabled`, `prov:delete`. Of single words
 * only those that Graph has for a change.
 */
const EVENT_TYPE = /^(?:https?:\/\/\S+|urn:\S+|\w+(?:[.:-]\w+)+|deleted|updated)$/;

const policy = mapping({
  graceSeconds: seconds(0, 31_536_000).default(0),
  confirm: oneOf(['auto', 'always', 'never']).default('auto'),
  protected: list(
    text('an address or a domain', 'write ceo@example.com, or *@example.com for a whole domain', /^(?:\*|[^\s@*]+)@[^\s@*]+$/),
    'write the addresses as a list',
  ).default([]),
  signals: z
    .record(
      z.string().regex(EVENT_TYPE),
      oneOf(['offboard', 'contain', 'back', 'ignore']),
      expects('a mapping', 'write what to do for each event type: { user.lifecycle.suspend: contain }'),
    )
    .default({}),
  stepRetry: mapping({
    minDelayMs: milliseconds().default(5000),
    maxDelayMs: milliseconds().default(3_600_000),
    deadlineMs: milliseconds().default(86_400_000),
  })
    .refine(orderedDelays, ORDERED_DELAYS)
    .prefault({}),
});

const http = mapping({
  timeoutMs: milliseconds().default(10_000),
  retry: mapping({
    attempts: whole(1, 100).default(5),
    minDelayMs: milliseconds().default(200),
    maxDelayMs: milliseconds().default(30_000),
  })
    .refine(orderedDelays, ORDERED_DELAYS)
    .prefault({}),
});

const ledger = mapping({
  checkpointEntries: whole(1, 1_000_000).default(1000),
  checkpointSeconds: seconds(1, 86_400).default(300),
  checkSeconds: seconds(1, 86_400).default(60),
  retentionDays: whole(1, 36_500).optional(),
});

const oneKindOf = (kinds: string) => ({
  error: ({ code }: { readonly code?: string }) =>
    code === 'invalid_union'
      ? `is missing or not known; write one of ${kinds}`
      : 'is not a mapping; write it with the keys id, kind and those of its kind',
});

/** The whole file, defaults included; everything in it may be left out but what a connection, a target or an operator's token is made of. */
export const configSchema = mapping({
  server: server.prefault({}),
  roles: nonEmptyList(oneOf(['api', 'worker']), 'write [api, worker], or one of them')
    .transform((roles) => [...new Set(roles)])
    .default(['api', 'worker']),
  database: mapping({ url: databaseUrl, migrate: flag.default(true) }).prefault({}),
  dataDir: text('a path', 'write the folder in which the service may keep data').default('./data'),
  operators: mapping({ tokens: list(operatorToken, 'write the tokens as a list').default([]), oidc: operatorOidc.optional() }).prefault({}),
  connections: list(
    z.discriminatedUnion('kind', [okta, entra, ssf, webhook], oneKindOf('okta, entra, ssf, webhook')),
    'write the connections as a list',
  ).default([]),
  targets: list(
    z.discriminatedUnion('kind', [fastio, flashback, fastioLive], oneKindOf('fastio, flashback, fastio-live')),
    'write the targets as a list',
  ).default([]),
  policy: policy.prefault({}),
  http: http.prefault({}),
  ledger: ledger.prefault({}),
  notifications: notifications.prefault({}),
  log: mapping({
    level: oneOf(['fatal', 'error', 'warn', 'info', 'debug', 'trace', 'silent']).default('info'),
    emails: oneOf(['debug-only', 'always']).default('debug-only'),
  }).prefault({}),
});

type Frozen<T> = T extends Secret
  ? T
  : T extends readonly (infer Item)[]
    ? readonly Frozen<Item>[]
    : T extends object
      ? { readonly [Key in keyof T]: Frozen<T[Key]> }
      : T;

/** Everything that can be set, checked and with its defaults. Secrets are `Secret`; paths are absolute once it was loaded. */
export type Config = Frozen<z.output<typeof configSchema>>;

export type ServerConfig = Config['server'];
export type OperatorToken = Config['operators']['tokens'][number];
export type OperatorRole = OperatorToken['role'];
export type PolicyConfig = Config['policy'];
export type SignalAction = PolicyConfig['signals'][string];
export type HttpConfig = Config['http'];
export type NotificationsConfig = Config['notifications'];

export type Connection = Config['connections'][number];
export type OktaConnection = Extract<Connection, { readonly kind: 'okta' }>;
export type EntraConnection = Extract<Connection, { readonly kind: 'entra' }>;
export type SsfConnection = Extract<Connection, { readonly kind: 'ssf' }>;
export type WebhookConnection = Extract<Connection, { readonly kind: 'webhook' }>;

export type TargetConfig = Config['targets'][number];
export type FastioTargetConfig = Extract<TargetConfig, { readonly kind: 'fastio' }>;
export type FastioLiveTargetConfig = Extract<TargetConfig, { readonly kind: 'fastio-live' }>;
export type FlashbackTargetConfig = Extract<TargetConfig, { readonly kind: 'flashback' }>;
