/** A person of the organisation. A removed one is kept, so that calls that come too late can be told from wrong ids. */
export interface User {
  readonly id: string;
  email: string;
  name: string;
  role: string;
  /** Nobody can sign in who is not active. */
  status: 'active' | 'suspended' | 'invited' | 'deactivated';
  removed: boolean;
  sessions: number;
  locks: number;
  tokens: number;
  /** Bytes the person may own; without it there is no limit. */
  storageQuotaBytes?: number;
}

export interface Workspace {
  readonly id: string;
  name: string;
  ownerId: string;
  storageBytes: number;
  /** Who owned it before its last transfer. */
  previousOwnerId?: string;
  /** An accepted transfer whose move is still to come. */
  pending?: { readonly newOwnerId: string; readonly dueAt: Date; readonly requestSeq: number };
  /** True once its owner was removed: nobody can reach the files any more. */
  orphaned: boolean;
}

export interface Webhook {
  readonly id: string;
  /** Null where no person is told. */
  readonly userId: string | null;
  readonly appId: string;
  readonly url: string;
}

export type UserSeed = Pick<User, 'email'> & Partial<Omit<User, 'removed'>>;
export type WorkspaceSeed = Pick<Workspace, 'ownerId'> & Partial<Pick<Workspace, 'id' | 'name' | 'storageBytes'>>;
export type WebhookSeed = Pick<Webhook, 'userId'> & Partial<Webhook>;

export interface Seed {
  readonly users?: readonly UserSeed[];
  readonly workspaces?: readonly WorkspaceSeed[];
  readonly webhooks?: readonly WebhookSeed[];
}

/** What is still there of a person: all zero, and no member, after a complete offboarding. */
export interface Leftovers {
  readonly member: boolean;
  readonly sessions: number;
  readonly locks: number;
  readonly tokens: number;
  readonly webhooks: number;
  readonly workspaces: number;
}

/** Everything Fastio knows. Rows are changed in place; only the sandbox itself and a scenario write. */
export interface State {
  readonly users: Map<string, User>;
  readonly workspaces: Map<string, Workspace>;
  readonly webhooks: Map<string, Webhook>;
  newId(): string;
  addUser(seed: UserSeed): User;
  addWorkspace(seed: WorkspaceSeed): Workspace;
  addWebhook(seed: WebhookSeed): Webhook;
  /** The person, unless unknown or removed. */
  member(userId: string): User | undefined;
  owned(userId: string): Workspace[];
  leftovers(userId: string): Leftovers;
}

/** An empty Fastio, filled with the seed. */
export function createState(seed: Seed = {}): State {
  const users = new Map<string, User>();
  const workspaces = new Map<string, Workspace>();
  const webhooks = new Map<string, Webhook>();
  const newId = createIds();

  const state: State = {
    users,
    workspaces,
    webhooks,
    newId,
    addUser: (user) => put(users, { id: newId(), ...USER, name: user.email, ...user }),
    addWorkspace: (workspace) => put(workspaces, { id: newId(), name: 'Workspace', storageBytes: 0, orphaned: false, ...workspace }),
    addWebhook: (webhook) => put(webhooks, { id: newId(), appId: newId(), url: 'https://app.example.com/hook', ...webhook }),
    member: (userId) => present(users.get(userId)),
    owned: (userId) => [...workspaces.values()].filter((workspace) => workspace.ownerId === userId),
    leftovers: (userId) => leftoversOf(state, userId),
  };
  fill(state, seed);
  return state;
}

const USER = { role: 'member', status: 'active', removed: false, sessions: 0, locks: 0, tokens: 0 } as const;

/** Ids follow each other closely and lie beyond 2^53: a client that reads them as numbers mixes neighbours up. */
function createIds(): () => string {
  let last = 4_870_000_000_000_000_000n;
  return () => String(++last);
}

function put<Row extends { readonly id: string }>(rows: Map<string, Row>, row: Row): Row {
  if (rows.has(row.id)) throw new Error(`The id ${row.id} is taken; a scenario must name each thing once`);
  rows.set(row.id, row);
  return row;
}

function present(user: User | undefined): User | undefined {
  return user?.removed ? undefined : user;
}

function fill(state: State, seed: Seed): void {
  for (const user of seed.users ?? []) state.addUser(user);
  for (const workspace of seed.workspaces ?? []) state.addWorkspace(workspace);
  for (const webhook of seed.webhooks ?? []) state.addWebhook(webhook);
}

function leftoversOf(state: State, userId: string): Leftovers {
  const user = state.users.get(userId);
  return {
    member: state.member(userId) !== undefined,
    sessions: user?.sessions ?? 0,
    locks: user?.locks ?? 0,
    tokens: user?.tokens ?? 0,
    webhooks: [...state.webhooks.values()].filter((webhook) => webhook.userId === userId).length,
    workspaces: state.owned(userId).length,
  };
}
