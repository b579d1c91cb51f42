import { unreachable } from '../kernel/errors.ts';
import type { Config, Connection, EntraConnection } from './schema.ts';

export interface Unsupported {
  /** To start is safe, but something that was configured will not happen. */
  readonly warnings: readonly string[];
}

/** What the file may say but this version does not do. */
export function unsupported({ connections }: Config): Unsupported {
  const warnings = connections.flatMap((connection, index) =>
    connectionWarnings(connection).map((warning) => `connections[${index}] (${connection.id}): ${warning}`),
  );
  return { warnings };
}

function connectionWarnings(connection: Connection): string[] {
  switch (connection.kind) {
    case 'entra':
      return entraWarnings(connection);
    case 'okta':
    case 'ssf':
    case 'webhook':
      return [];
    default:
      return unreachable(connection);
  }
}

const TENANT_ID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;

/** Tokens name the tenant by its id, and by nothing else. */
function entraWarnings({ graph }: EntraConnection): string[] {
  const isNamedByDomain = graph !== undefined && !TENANT_ID.test(graph.tenantId);
  const warning = 'graph.tenantId is a domain, so notifications that carry validation tokens are refused; write the id of the tenant';
  return isNamedByDomain ? [warning] : [];
}
