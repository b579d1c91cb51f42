interface CallShape {
  readonly method: 'GET' | 'PUT' | 'POST' | 'DELETE';
  readonly path: string;
  /** Query parameters the call knows; any other is refused. */
  readonly query: readonly string[];
  /** The only member its JSON body has; without it the call takes no body. */
  readonly body?: string;
}

const PAGE = ['limit', 'offset'];

/** The surface: every call by the name that records, faults, pauses and hooks use. */
export const CALLS = {
  resolve: { method: 'GET', path: '/api/v1/orgs/:orgId/members', query: ['email', ...PAGE] },
  suspend: { method: 'PUT', path: '/api/v1/users/:userId/status', query: [], body: 'status' },
  release: { method: 'PUT', path: '/api/v1/users/:userId/status', query: [], body: 'status' },
  inventory: { method: 'GET', path: '/api/v1/users/:userId/workspaces', query: PAGE },
  revokeSessions: { method: 'POST', path: '/api/v1/users/:userId/sessions/revoke-all', query: [] },
  deleteTokens: { method: 'DELETE', path: '/api/v1/users/:userId/tokens', query: [] },
  listWebhooks: { method: 'GET', path: '/api/v1/webhooks', query: PAGE },
  deleteWebhook: { method: 'DELETE', path: '/api/v1/webhooks/:webhookId', query: [] },
  transfer: { method: 'POST', path: '/api/v1/workspaces/:workspaceId/transfer', query: [], body: 'new_owner_id' },
  remove: { method: 'DELETE', path: '/api/v1/orgs/:orgId/members/:userId', query: [] },
  audit: { method: 'GET', path: '/api/v1/audit-logs', query: ['user_id', 'event', ...PAGE] },
} as const satisfies Record<string, CallShape>;

/** `release` is the suspend call with the status `active`. */
export type CallName = keyof typeof CALLS;

/** A request as it was read from the wire. */
export interface Arrival {
  readonly method: string;
  readonly url: URL;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  /** The body's bytes as text; empty when there was none. */
  readonly text: string;
}

/** Which call an arrival is, and the ids its path names. */
export interface FoundCall {
  readonly name: CallName;
  readonly params: Readonly<Record<string, string>>;
}

const PATTERNS = (Object.keys(CALLS) as CallName[]).map((name) => ({
  name,
  method: CALLS[name].method,
  pattern: new RegExp(`^${CALLS[name].path.replace(/:(\w+)/g, '(?<$1>[^/]+)')}$`),
}));

/** The call this arrival is, or nothing when the surface has none of that method and path. */
export function findCall({ method, url, text }: Arrival): FoundCall | undefined {
  for (const { name, pattern, ...call } of PATTERNS) {
    const match = call.method === method ? pattern.exec(url.pathname) : null;
    if (match) return { name: name === 'suspend' && releases(text) ? 'release' : name, params: decoded(match.groups ?? {}) };
  }
  return undefined;
}

function releases(text: string): boolean {
  const body = parseObject(text);
  return body?.['status'] === 'active';
}

function decoded(params: Record<string, string>): Record<string, string> {
  return Object.fromEntries(Object.entries(params).map(([name, value]) => [name, decodeOrKeep(value)]));
}

function decodeOrKeep(value: string): string {
  try {
    return decodeURIComponent(value);
  } catch {
    return value;
  }
}

/** The JSON object in `text`, or nothing when it holds anything else. */
export function parseObject(text: string): Record<string, unknown> | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Record<string, unknown>) : undefined;
  } catch {
    return undefined;
  }
}
