import { randomUUID } from 'node:crypto';
import type { Arrival } from '../fastio/calls.ts';
import { authorizationOf, type Reply } from '../troubled.ts';
import type { Deliveries } from './deliver.ts';
import type { Issuer } from './issuer.ts';
import type { EntraUser, Subscription, Tenant } from './tenant.ts';

export interface GraphNeeds {
  readonly tenant: Tenant;
  readonly issuer: Issuer;
  readonly deliveries: Deliveries;
  readonly now: () => Date;
}

const LONGEST_MINUTES = 41_760;
/** The fields that come unasked: `accountEnabled` is not among them. */
const UNASKED = ['id', 'displayName', 'mail', 'userPrincipalName'];

/** Graph, as far as users and subscriptions go. */
export async function answerGraph(needs: GraphNeeds, arrival: Arrival): Promise<Reply> {
  if (!needs.issuer.accepts(authorizationOf(arrival))) return graphError(401, 'InvalidAuthenticationToken');
  const [version, ...path] = arrival.url.pathname.split('/').slice(1).map(decodeURIComponent);
  if (version !== 'v1.0') return graphError(400, 'BadRequest');
  const [first = '', second, third] = path;
  const query = arrival.url.searchParams;
  if (first === 'subscriptions') return await subscriptions(needs, arrival, second);
  if (arrival.method !== 'GET') return graphError(405, 'Request_BadRequest');
  if (first === 'users' && second === 'delta') return delta(needs.tenant, query, arrival.url);
  if (first === 'users' && third === 'manager') return manager(needs.tenant, second ?? '', query);
  if (first === 'users') return second === undefined ? list(needs.tenant, query) : one(find(needs.tenant, second), query, needs.tenant);
  if (path.slice(0, 2).join('/') === 'directory/deletedItems') return deleted(needs.tenant, path.at(-1) ?? '', query);
  return graphError(400, 'BadRequest');
}

function find({ users }: Tenant, key: string): EntraUser | undefined {
  return [...users.values()].find((user) => !user.isDeleted && (user.id === key || same(user.userPrincipalName, key)));
}

function same(a: string | null, b: string): boolean {
  return a?.toLowerCase() === b.toLowerCase();
}

function one(user: EntraUser | undefined, query: URLSearchParams, tenant: Tenant): Reply {
  return user ? { status: 200, body: view(user, query, tenant) } : graphError(404, 'Request_ResourceNotFound');
}

function view(user: EntraUser, query: URLSearchParams, { users }: Tenant) {
  const asked = query.get('$select')?.split(',') ?? UNASKED;
  const all: Readonly<Record<string, unknown>> = { ...user, proxyAddresses: user.mail ? [`SMTP:${user.mail}`] : [] };
  const shown = Object.fromEntries(asked.filter((name) => name in all).map((name) => [name, all[name]]));
  const boss = query.get('$expand')?.startsWith('manager') ? users.get(user.managerId ?? '') : undefined;
  return { ...shown, ...(boss && { manager: Object.fromEntries(UNASKED.map((name) => [name, boss[name as keyof EntraUser]])) }) };
}

function list(tenant: Tenant, query: URLSearchParams): Reply {
  const wanted = /^mail eq '((?:[^']|'')*)'$/.exec(query.get('$filter') ?? '')?.[1]?.replaceAll("''", "'");
  const hits = [...tenant.users.values()].filter((user) => !user.isDeleted && (wanted === undefined || same(user.mail, wanted)));
  return { status: 200, body: { value: hits.slice(0, Number(query.get('$top') ?? 100)).map((user) => view(user, query, tenant)) } };
}

function manager(tenant: Tenant, key: string, query: URLSearchParams): Reply {
  return one(tenant.users.get(find(tenant, key)?.managerId ?? ''), query, tenant);
}

function deleted(tenant: Tenant, id: string, query: URLSearchParams): Reply {
  const user = tenant.users.get(id);
  if (!user?.isDeleted) return graphError(404, 'Request_ResourceNotFound');
  // The name begins with the id then, so that it is free for somebody else.
  return one({ ...user, userPrincipalName: `${id.replaceAll('-', '')}${user.userPrincipalName}` }, query, tenant);
}

const PAGE = 2;

/** Who changed since the token was given out; pages are small, so that every reader has to turn them. */
function delta(tenant: Tenant, query: URLSearchParams, url: URL): Reply {
  const link = (name: string, value: string) => `${url.origin}${url.pathname}?${name}=${value}`;
  const token = query.get('$deltatoken') ?? query.get('$skiptoken');
  if (token === 'latest') return { status: 200, body: { value: [], '@odata.deltaLink': link('$deltatoken', `c${tenant.log.length}`) } };
  const from = token === null ? 0 : Number(/^c(\d+)$/.exec(token)?.[1] ?? -1);
  if (from < 0 || (query.has('$deltatoken') && from < tenant.oldestDelta)) return graphError(410, 'SyncStateNotFound');
  const changes = tenant.log.slice(from, from + PAGE);
  const value = changes.filter(({ id }) => id !== 'nobody').map(({ id }) => changed(tenant, id));
  const next = from + changes.length;
  const more =
    next < tenant.log.length
      ? { '@odata.nextLink': link('$skiptoken', `c${next}`) }
      : { '@odata.deltaLink': link('$deltatoken', `c${next}`) };
  return { status: 200, body: { value, ...more } };
}

function changed({ users }: Tenant, id: string) {
  const user = users.get(id);
  if (!user) return { id, '@removed': { reason: 'deleted' } };
  return user.isDeleted ? { id, '@removed': { reason: 'changed' } } : { id, accountEnabled: user.accountEnabled };
}

async function subscriptions(needs: GraphNeeds, { method, text }: Arrival, id: string | undefined): Promise<Reply> {
  const { tenant, now } = needs;
  if (id === undefined)
    return method === 'POST'
      ? await subscribe(needs, text)
      : { status: 200, body: { value: [...tenant.subscriptions.values()].map(shown) } };
  const known = tenant.subscriptions.get(id);
  if (!known || Date.parse(known.expirationDateTime) <= now().getTime()) return graphError(404, 'ResourceNotFound');
  if (method === 'DELETE') {
    tenant.subscriptions.delete(id);
    return { status: 204 };
  }
  const { expirationDateTime = '' } = JSON.parse(text || '{}') as { expirationDateTime?: string };
  if (method === 'PATCH' && !isTooFar(expirationDateTime, now())) known.expirationDateTime = expirationDateTime;
  else if (method === 'PATCH') return graphError(400, 'ExtensionError');
  return { status: 200, body: shown(known) };
}

/** What was made a secret does not come back. */
function shown(subscription: Subscription) {
  return { ...subscription, clientState: null };
}

function isTooFar(expires: string, now: Date): boolean {
  const ms = Date.parse(expires) - now.getTime();
  return !(ms > 0 && ms <= LONGEST_MINUTES * 60_000);
}

async function subscribe({ tenant, deliveries, now }: GraphNeeds, text: string): Promise<Reply> {
  const asked = JSON.parse(text) as Omit<Subscription, 'id'>;
  const { changeType, resource, notificationUrl, lifecycleNotificationUrl, clientState, expirationDateTime } = asked;
  if (!/^\/?users$/.test(resource) || isTooFar(expirationDateTime, now()) || clientState.length > 128)
    return graphError(400, 'ExtensionError');
  const twin = [...tenant.subscriptions.values()].find((one) => one.changeType === changeType && one.resource === resource);
  if (twin) return graphError(409, 'Conflict');
  for (const url of [notificationUrl, lifecycleNotificationUrl ?? notificationUrl]) {
    if (!(await deliveries.shakeHands(url))) return graphError(400, 'ValidationError');
  }
  const made = { id: randomUUID(), changeType, resource, notificationUrl, lifecycleNotificationUrl, clientState, expirationDateTime };
  tenant.subscriptions.set(made.id, made);
  return { status: 201, body: { ...made, applicationId: null } };
}

function graphError(status: number, code: string): Reply {
  return { status, body: { error: { code, message: 'The sandbox says no.', innerError: { 'request-id': randomUUID() } } } };
}
