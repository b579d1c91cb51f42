import type { Http } from '../../http/build-http.ts';
import { LeaverError } from '../../kernel/errors.ts';
import { keepRawBody } from '../raw-body.ts';
import type { Meaning } from '../signal.ts';
import { authenticate, type Credentials } from './authenticate.ts';
import { discoveryRoutes } from './discovery-routes.ts';
import { resourceRoutes } from './resource-routes.ts';
import { GROUPS, USERS } from './schemas.ts';
import { answerOf, SCIM_JSON } from './scim-error.ts';
import type { Provider } from './user.ts';
import type { WriteNeeds } from './write-resource.ts';

/** One directory of users and groups, and the identity provider that writes it. */
export interface ScimConnection {
  readonly connection: string;
  readonly provider: Provider;
  readonly credentials: Credentials;
}

export interface ScimRoutesNeeds extends WriteNeeds {
  readonly connections: readonly ScimConnection[];
  /** Where callers reach the service. */
  readonly publicUrl: string;
  /** `policy.signals`. */
  readonly meanings: Readonly<Record<string, Meaning>>;
}

/** Whose directory a request is about, and what proved that it may be. */
export interface Caller {
  readonly connection: string;
  readonly provider: Provider;
  readonly verifiedBy: string;
  /** The address of the directory. */
  readonly base: string;
}

/** Who sent a request that has passed the door. */
export type CallerOf = (request: object) => Caller;

const ROOT = '/intake/scim/:connection/v2';

/**
 * A SCIM 2.0 service provider for each connection.
 *
 * @see https://www.rfc-editor.org/rfc/rfc7643
 * @see https://www.rfc-editor.org/rfc/rfc7644
 */
export function scimRoutes(http: Http, needs: ScimRoutesNeeds): void {
  http.register((scope: Http, _options, done) => {
    keepRawBody(scope);
    answerInScim(scope);
    const callerOf = guard(scope, needs);
    for (const type of [USERS, GROUPS]) {
      resourceRoutes(scope, { root: ROOT, type, callerOf, ...needs });
    }
    discoveryRoutes(scope, ROOT, callerOf);
    notOfferedRoutes(scope);
    done();
  });
}

/** Resources and errors alike are `application/scim+json`. */
function answerInScim(scope: Http): void {
  scope.setSerializerCompiler(() => JSON.stringify);
  scope.addHook('onRequest', async (_request, reply) => {
    reply.type(SCIM_JSON);
  });
  scope.setErrorHandler(async (thrown: Parameters<typeof answerOf>[0], request, reply) => {
    const { error, status, retryAfterSeconds, body } = answerOf(thrown);
    if (status >= 500 && error.code !== 'not-offered') {
      request.log.error({ err: thrown, code: error.code }, 'a SCIM request failed');
    }
    if (retryAfterSeconds !== null) {
      reply.header('retry-after', String(retryAfterSeconds));
    }
    if (status === 401) {
      reply.header('www-authenticate', 'Bearer realm="leaver"');
    }
    await reply.status(status).type(SCIM_JSON).send(JSON.stringify(body));
  });
}

/** Before the body is read: a sender without a token cannot make us read a megabyte. */
function guard(scope: Http, { connections, publicUrl }: ScimRoutesNeeds): CallerOf {
  const byName = new Map(connections.map((one) => [one.connection, one]));
  const callers = new WeakMap<object, Caller>();
  scope.addHook('onRequest', async (request) => {
    const name = (request.params as { connection?: string }).connection ?? '';
    const found = byName.get(name);
    if (!found) {
      throw new LeaverError('not-found', 'There is no connection of this name with SCIM.');
    }
    const { connection, provider, credentials } = found;
    const verifiedBy = await authenticate(request.headers.authorization, credentials);
    callers.set(request, { connection, provider, verifiedBy, base: `${publicUrl}/intake/scim/${connection}/v2` });
  });
  return (request) => {
    const caller = callers.get(request);
    if (!caller) {
      throw new LeaverError('internal', 'A SCIM request was handled that nobody had looked at');
    }
    return caller;
  };
}

/** What RFC 7644 leaves to the service provider and neither Okta nor Entra uses; everything else is not there at all. */
function notOfferedRoutes(scope: Http): void {
  const schema = { hide: true };
  for (const path of ['/Bulk', '/Me', '/.search', '/Users/.search', '/Groups/.search']) {
    scope.all(`${ROOT}${path}`, { schema }, async () => {
      throw new LeaverError('not-offered', `${path} is not offered. Send one request a resource, and search by GET with a filter.`);
    });
  }
  scope.all('/intake/scim/:connection/*', { schema }, async (request) => {
    throw new LeaverError('not-found', `There is no ${request.method} ${request.url.split('?')[0]?.slice(0, 200)} in this directory.`);
  });
}
