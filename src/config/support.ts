import { unreachable } from '../kernel/errors.ts';
import type { Config, Connection, EntraConnection, TargetConfig } from './schema.ts';

export interface Unsupported {
  /** To start all the same would be dangerous. */
  readonly refused: readonly string[];
  /** To start is safe, but something that was configured will not happen. */
  readonly warnings: readonly string[];
}

/** What the file may say but this version does not do. */
export function unsupported(config: Config): Unsupported {
  const findings = [
    ...config.connections.flatMap((connection, index) =>
      connectionFindings(connection).map((finding) => placed(finding, `connections[${index}] (${connection.id})`)),
    ),
    ...config.targets.flatMap((target, index) =>
      targetFindings(target).map((finding) => placed(finding, `targets[${index}] (${target.id})`)),
    ),
  ];
  return { refused: textsOf(findings, 'refused'), warnings: textsOf(findings, 'warning') };
}

interface Finding {
  readonly weight: 'refused' | 'warning';
  readonly text: string;
}

const placed = ({ weight, text }: Finding, place: string): Finding => ({ weight, text: `${place}: ${text}` });

function textsOf(findings: readonly Finding[], weight: Finding['weight']): string[] {
  return findings.filter((finding) => finding.weight === weight).map(({ text }) => text);
}

function targetFindings(target: TargetConfig): Finding[] {
  switch (target.kind) {
    case 'fastio':
    case 'flashback':
      return [];
    case 'fastio-live':
      return [cannotRemove('the live Fastio')];
    default:
      return unreachable(target);
  }
}

function cannotRemove(product: string): Finding {
  const text = `this version cannot take people out of ${product}; remove the target, or nobody would be removed there`;
  return { weight: 'refused', text };
}

function connectionFindings(connection: Connection): Finding[] {
  switch (connection.kind) {
    case 'entra':
      return entraFindings(connection);
    case 'okta':
    case 'ssf':
    case 'webhook':
      return [];
    default:
      return unreachable(connection);
  }
}

function entraFindings({ graph }: EntraConnection): Finding[] {
  return graph && !TENANT_ID.test(graph.tenantId) ? [domainForTenant()] : [];
}

const TENANT_ID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;

/** Tokens name the tenant by its id, and by nothing else. */
function domainForTenant(): Finding {
  const text = 'graph.tenantId is a domain, so notifications that carry validation tokens are refused; write the id of the tenant';
  return { weight: 'warning', text };
}
