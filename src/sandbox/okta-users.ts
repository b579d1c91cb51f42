import { randomBytes } from 'node:crypto';
import { createLocalJWKSet, type JSONWebKeySet, type JWK, jwtVerify } from 'jose';
import type { Arrival } from './fastio/calls.ts';
import { authorizationOf, type Reply, startTroubled, type TroubledServer } from './troubled.ts';

/** A user of the organization; what is left out of the profile is not there. */
export interface OktaPerson {
  readonly id: string;
  status: string;
  transitioningToStatus: string | null;
  profile: Record<string, string>;
}

export interface OktaUsersOptions {
  readonly port?: number;
  /** Accepted as `SSWS`. */
  readonly token?: string;
  /** A service app and its public keys, which may sign in with `private_key_jwt`. */
  readonly app?: { readonly clientId: string; readonly keys: readonly JWK[] };
  /** How long a token of the app is good, in seconds. */
  readonly tokenSeconds?: number;
}

/** An Okta organization whose users can be read. */
export interface OktaUsers extends TroubledServer {
  readonly url: string;
  readonly people: ReadonlyMap<string, OktaPerson>;
  add(
    person: { readonly email: string; readonly id?: string; readonly status?: string } & Partial<Pick<OktaPerson, 'profile'>>,
  ): OktaPerson;
  /** Begins the deactivation, or ends it at once. */
  deactivate(id: string, how?: 'begin' | 'end'): void;
  setStatus(id: string, status: string): void;
  delete(id: string): void;
  /** From now on these are accepted as `SSWS`, and no others. */
  acceptTokens(...tokens: readonly string[]): void;
  /** From now on the service app may sign in with these keys, and no others. What it has got by an earlier one stays good. */
  acceptKeys(...keys: readonly JWK[]): void;
  /** All tokens that were given out are no longer good. */
  revokeTokens(): void;
}

interface State {
  readonly people: Map<string, OktaPerson>;
  /** Those that the service app was given. */
  readonly tokens: Set<string>;
  readonly options: OktaUsersOptions;
  sswsTokens: readonly string[];
  keys: readonly JWK[];
  origin: string;
}

const SCOPE = 'okta.users.read';

export async function startOktaUsers(options: OktaUsersOptions = {}): Promise<OktaUsers> {
  const sswsTokens = options.token === undefined ? [] : [options.token];
  const state: State = { people: new Map(), tokens: new Set(), options, sswsTokens, keys: options.app?.keys ?? [], origin: '' };
  const server = await startTroubled(options.port ?? 0, async (arrival) => await answer(state, arrival));
  state.origin = server.origin;
  const change = (id: string, what: Partial<OktaPerson>): void => {
    Object.assign(state.people.get(id) ?? unknown(id), what);
  };
  return {
    ...server,
    url: server.origin,
    people: state.people,
    add: ({ email, id = `00u${randomBytes(9).toString('hex').slice(0, 17)}`, status = 'ACTIVE', profile = {} }) => {
      const person = { id, status, transitioningToStatus: null, profile: { login: email, email, ...profile } };
      state.people.set(id, person);
      return person;
    },
    deactivate: (id, how = 'end') =>
      change(id, how === 'begin' ? { transitioningToStatus: 'DEPROVISIONED' } : { status: 'DEPROVISIONED', transitioningToStatus: null }),
    setStatus: (id, status) => change(id, { status, transitioningToStatus: null }),
    delete: (id) => void state.people.delete(id),
    acceptTokens: (...tokens) => {
      state.sswsTokens = tokens;
    },
    acceptKeys: (...keys) => {
      state.keys = keys;
    },
    revokeTokens: () => state.tokens.clear(),
  };
}

function unknown(id: string): never {
  throw new Error(`the sandbox has no user ${id}`);
}

async function answer(state: State, arrival: Arrival): Promise<Reply> {
  const { method, url, text } = arrival;
  if (method === 'POST' && url.pathname === '/oauth2/v1/token') return await giveToken(state, new URLSearchParams(text));
  if (!url.pathname.startsWith('/api/v1/users')) return oktaError(404, 'E0000007', 'Not found: Resource not found');
  if (!mayRead(state, authorizationOf(arrival))) return oktaError(401, 'E0000011', 'Invalid token provided');
  const key = url.pathname.slice('/api/v1/users/'.length);
  return key === '' ? list(state, url.searchParams) : readOne(state, key);
}

function mayRead({ sswsTokens, tokens }: State, authorization: string): boolean {
  const [scheme, value = ''] = authorization.split(' ');
  return scheme === 'SSWS' ? value !== '' && sswsTokens.includes(value) : scheme === 'Bearer' && tokens.has(value);
}

/** By the id or the login; one with an encoded slash is not found, as in life. */
function readOne({ people, origin }: State, key: string): Reply {
  const wanted = decodeURIComponent(key);
  const person = wanted.includes('/') ? undefined : [...people.values()].find((one) => one.id === wanted || isLogin(one, wanted));
  return person
    ? { status: 200, body: view(person, origin) }
    : oktaError(404, 'E0000007', `Not found: Resource not found: ${wanted} (User)`);
}

function isLogin({ profile }: OktaPerson, login: string): boolean {
  return profile['login']?.toLowerCase() === login.toLowerCase();
}

function list({ people, origin }: State, query: URLSearchParams): Reply {
  const search = query.get('search');
  const wanted = [...(search ?? '').matchAll(/profile\.(login|email) eq "((?:[^"\\]|\\.)*)"/g)];
  const hits = [...people.values()].filter(
    ({ profile }) =>
      search === null ||
      wanted.some(([, field = '', value = '']) => profile[field]?.toLowerCase() === value.replace(/\\(.)/g, '$1').toLowerCase()),
  );
  return { status: 200, body: hits.slice(0, Number(query.get('limit') ?? 200)).map((one) => view(one, origin)) };
}

function view({ id, status, transitioningToStatus, profile }: OktaPerson, origin: string) {
  const at = '2026-01-02T03:04:05.000Z';
  const links = { self: { href: `${origin}/api/v1/users/${id}` } };
  return { id, status, transitioningToStatus, created: at, activated: at, statusChanged: at, lastUpdated: at, profile, _links: links };
}

async function giveToken(
  { options: { app, tokenSeconds = 3_600 }, keys: known, tokens, origin }: State,
  form: URLSearchParams,
): Promise<Reply> {
  const isAsked =
    form.get('grant_type') === 'client_credentials' &&
    form.get('scope') === SCOPE &&
    form.get('client_assertion_type') === 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer';
  if (!app || !isAsked)
    return { status: 400, body: { error: 'invalid_request', error_description: 'The request is not one for a token.' } };
  const keys = createLocalJWKSet({ keys: [...known] } as JSONWebKeySet);
  const claims = { issuer: app.clientId, subject: app.clientId, audience: `${origin}/oauth2/v1/token`, requiredClaims: ['exp', 'jti'] };
  try {
    await jwtVerify(form.get('client_assertion') ?? '', keys, claims);
  } catch {
    return { status: 401, body: { error: 'invalid_client', error_description: 'The client_assertion signature is invalid.' } };
  }
  const token = randomBytes(24).toString('base64url');
  tokens.add(token);
  return { status: 200, body: { token_type: 'Bearer', expires_in: tokenSeconds, access_token: token, scope: SCOPE } };
}

function oktaError(status: number, errorCode: string, errorSummary: string): Reply {
  return { status, body: { errorCode, errorSummary, errorLink: errorCode, errorId: 'oae-sandbox', errorCauses: [] } };
}
