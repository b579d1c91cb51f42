import { unreachable } from '../kernel/errors.ts';
import type { Config, Connection, EntraConnection, OktaConnection, TargetConfig } from './schema.ts';

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
      connectionFindings(connection, config.policy.confirm).map((finding) => placed(finding, `connections[${index}] (${connection.id})`)),
    ),
    ...config.targets.flatMap((target, index) =>
      targetFindings(target).map((finding) => placed(finding, `targets[${index}] (${target.id})`)),
    ),
  ];
  return { refused: textsOf(findings, 'refused'), warnings: textsOf(findings, 'warning') };
}

type Confirm = Config['policy']['confirm'];

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
      return [];
    case 'flashback':
      return [cannotRemove('Flashback')];
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

function connectionFindings(connection: Connection, confirm: Confirm): Finding[] {
  switch (connection.kind) {
    case 'okta':
      return oktaFindings(connection, confirm);
    case 'entra':
      return entraFindings(connection, confirm);
    case 'ssf':
      return [noRoutes('Shared Signals')];
    case 'webhook':
      return [];
    default:
      return unreachable(connection);
  }
}

function oktaFindings({ api, universalLogout, scim }: OktaConnection, confirm: Confirm): Finding[] {
  return [
    ...(api ? [noReader('api', 'Okta', confirm)] : []),
    ...(universalLogout ? [noRoutes('Universal Logout')] : []),
    ...(scim ? [noRoutes('SCIM')] : []),
  ];
}

function entraFindings({ graph }: EntraConnection, confirm: Confirm): Finding[] {
  return [...(graph ? [noReader('graph', 'Entra', confirm)] : []), noRoutes('Entra')];
}

function noRoutes(of: string): Finding {
  return { weight: 'warning', text: `this version does not listen to ${of}; the routes answer 404` };
}

/** With a reader configured, the owner of the file counts on the read-back before anything irreversible. */
function noReader(key: string, product: string, confirm: Confirm): Finding {
  const wrong = `this version cannot read people back from ${product}`;
  if (confirm === 'never') return { weight: 'warning', text: `${wrong}; ${key} is not used` };
  const text = `${wrong}, so irreversible steps would go ahead unconfirmed; remove ${key}, or set policy.confirm to never`;
  return { weight: 'refused', text };
}
