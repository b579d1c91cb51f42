import type { JsonObject } from '../kernel/json.ts';
import { done } from './results.ts';
import { type ActionDefinition, type Capabilities, type CapabilityName, PHASES, type Phase, type Target } from './target.ts';

type Wanted = Pick<ActionDefinition, 'action' | 'phase' | 'playbooks'>;

/** What a plan wants of every target, and by which name a target that has no such call says so. */
const WANTED: Readonly<Record<CapabilityName, Wanted>> = {
  suspend: { action: 'suspend', phase: 'contain', playbooks: ['offboard', 'contain'] },
  sessions: { action: 'revoke-sessions', phase: 'contain', playbooks: ['offboard', 'contain'] },
  tokens: { action: 'delete-tokens', phase: 'contain', playbooks: ['offboard', 'contain'] },
  webhooks: { action: 'delete-webhooks', phase: 'cleanup', playbooks: ['offboard'] },
  ownership: { action: 'transfer-ownership', phase: 'transfer', playbooks: ['offboard'] },
  membership: { action: 'remove-member', phase: 'remove', playbooks: ['offboard'] },
  audit: { action: 'verify-audit', phase: 'verify', playbooks: ['offboard'] },
};

/**
 * The target with an action for each capability that it lacks: a step that calls nothing, ends as `not-offered`, and states what stays reachable, for
 * how long, and what a person should do. It runs once the account is known, so somebody without an account hears nothing of it. A target that has an
 * action of that name speaks for itself.
 */
export function withStatements(target: Target): Target {
  const statements = statementsOf(target.capabilities, target.actions);
  const byName = new Map(statements.map((statement) => [statement.action, statement]));
  return {
    ...target,
    actions: inPlace(target.actions, statements),
    perform: async (action, context) => {
      const statement = byName.get(action);
      return statement ? done('not-offered', factsOf(statement)) : await target.perform(action, context);
    },
  };
}

function statementsOf(capabilities: Capabilities, actions: readonly ActionDefinition[]): ActionDefinition[] {
  const after = actions.filter(({ phase }) => phase === 'resolve').map(({ action }) => action);
  return (Object.keys(WANTED) as CapabilityName[]).flatMap((capability) => {
    const { support, ...rest } = capabilities[capability];
    const wanted = WANTED[capability];
    const isOffered = support === 'yes' || actions.some(({ action }) => action === wanted.action);
    return isOffered ? [] : [{ ...wanted, after, observed: 'it calls nothing', notOffered: { capability, ...rest } }];
  });
}

function factsOf({ notOffered }: ActionDefinition): JsonObject {
  return { ...notOffered };
}

/** Each statement after what the target does until then. What takes something back stays at the end, where the target lists it. */
function inPlace(actions: readonly ActionDefinition[], statements: readonly ActionDefinition[]): ActionDefinition[] {
  const placed = [...actions];
  for (const statement of statements) {
    const next = placed.findIndex(({ phase, undoes }) => undoes !== undefined || orderOf(phase) > orderOf(statement.phase));
    placed.splice(next === -1 ? placed.length : next, 0, statement);
  }
  return placed;
}

function orderOf(phase: Phase): number {
  return PHASES.indexOf(phase);
}
