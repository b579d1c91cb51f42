import type { CallName } from './calls.ts';
import type { RequestRecord } from './journal.ts';
import type { User, UserSeed, Webhook, WebhookSeed, Workspace, WorkspaceSeed } from './state.ts';
import type { World } from './world.ts';

/** What runs at a call; it may change the state, which the call (before) or the next one (after) then finds. */
export type CallHook = (request: RequestRecord) => void | Promise<void>;

export interface CallHookOptions {
  /** Right before the call takes effect (default), or after it and before its answer leaves. */
  readonly when?: 'before' | 'after';
  /** How many calls it runs at; all of them by default. */
  readonly times?: number;
}

/** What happens to Fastio from outside. None of it counts as a request, an effect or a violation. */
export interface Scenario {
  addUser(seed: UserSeed): User;
  addWorkspace(seed: WorkspaceSeed): Workspace;
  addWebhook(seed: WebhookSeed): Webhook;
  /** The person logs in this many times more, holding that many file locks. */
  giveSessions(userId: string, sessions: number, locks?: number): void;
  giveTokens(userId: string, tokens: number): void;
  /** Somebody else changes the person: suspends them by hand, renames them, lowers their quota. */
  changeUser(userId: string, change: Partial<Omit<User, 'id' | 'removed'>>): void;
  /** Somebody else removes the person, which the audit log shows under that other actor. */
  removeUser(userId: string): void;
  /** Somebody else hands the workspace on. */
  passWorkspaceOn(workspaceId: string, newOwnerId: string): void;
  /** Runs `hook` at every such call, until the returned function is called. */
  on(call: CallName, hook: CallHook, options?: CallHookOptions): () => void;
}

export interface ScenarioRunner {
  readonly scenario: Scenario;
  /** Runs the hooks of this moment, in the order of their registration. */
  run(request: RequestRecord, when: 'before' | 'after'): Promise<void>;
}

interface Registration {
  readonly call: CallName;
  readonly hook: CallHook;
  readonly when: 'before' | 'after';
  left: number;
}

export function createScenario(world: World): ScenarioRunner {
  const registrations: Registration[] = [];
  const { state } = world;
  return {
    scenario: {
      addUser: state.addUser,
      addWorkspace: state.addWorkspace,
      addWebhook: state.addWebhook,
      giveSessions(userId, sessions, locks = 0) {
        const user = known(world, userId);
        user.sessions += sessions;
        user.locks += locks;
      },
      giveTokens(userId, tokens) {
        known(world, userId).tokens += tokens;
      },
      changeUser: (userId, change) => void Object.assign(known(world, userId), change),
      removeUser: (userId) => removeOutside(world, known(world, userId)),
      passWorkspaceOn(workspaceId, newOwnerId) {
        const workspace = state.workspaces.get(workspaceId);
        if (!workspace) throw new Error(`There is no workspace ${workspaceId} in the sandbox; add it first`);
        workspace.ownerId = newOwnerId;
      },
      on(call, hook, { when = 'before', times = Number.POSITIVE_INFINITY } = {}) {
        const registration: Registration = { call, hook, when, left: times };
        registrations.push(registration);
        return () => {
          registration.left = 0;
        };
      },
    },
    async run(request, when) {
      for (const registration of registrations) {
        if (registration.call !== request.call || registration.when !== when || registration.left <= 0) continue;
        registration.left -= 1;
        await registration.hook(request);
      }
    },
  };
}

function known({ state }: World, userId: string): User {
  const user = state.users.get(userId);
  if (!user) throw new Error(`There is no user ${userId} in the sandbox; add them first`);
  return user;
}

function removeOutside({ state, journal, clock }: World, user: User): void {
  user.removed = true;
  for (const workspace of state.owned(user.id)) workspace.orphaned = true;
  journal.audit({ event: 'user.deleted', userId: user.id, actorId: state.newId(), createdAt: clock.now() });
}
