import { type Clock, systemClock } from '../../kernel/clock.ts';
import type { Arrival } from '../fastio/calls.ts';
import { authorizationOf, type Reply, startTroubled, type TroubledServer } from '../troubled.ts';
import { no } from './answers.ts';
import { ROUTES, unknownRoute } from './behaviour.ts';
import { createRules } from './rules.ts';
import {
  type FileShare,
  type Identity,
  type Invitation,
  idMaker,
  type Kind,
  type Membership,
  membersOf,
  type Profile,
  type Role,
  type State,
  type User,
} from './state.ts';
import { createWorld, type Effect, type Habits, type World } from './world.ts';

export { tooOften } from './answers.ts';
export type { Profile, Role, User } from './state.ts';
export type { Effect } from './world.ts';

export interface LiveOptions extends Partial<Habits> {
  /** 0, the default, takes a free port. */
  readonly port?: number;
  readonly token?: string;
  /** The account that the token belongs to: an admin of the organization by default. */
  readonly caller?: { readonly id?: string; readonly email?: string; readonly role?: Role };
  readonly clock?: Clock;
}

export interface PlaceSeed {
  readonly id?: string;
  readonly name?: string;
  /** Role by account; the caller is an admin, where this does not say otherwise. */
  readonly members?: Readonly<Record<string, Role>>;
}

/** What happens to Fast.io from outside. None of it is an effect or a violation. */
export interface Scenario {
  /** An account that is a member of the organization, or of nothing with the role null. */
  addUser(seed: { readonly id?: string; readonly email: string; readonly name?: string; readonly role?: Role | null }): User;
  addWorkspace(seed?: PlaceSeed): Profile;
  /** In a workspace, or in none. */
  addShare(seed?: PlaceSeed & { readonly in?: string }): Profile;
  invite(profileId: string, email: string, role?: Role): Invitation;
  /** A file of the workspace, shared with accounts and with addresses. */
  addFileShare(workspaceId: string, grants: FileShare['grants'], title?: string): FileShare;
  /** A login at another cloud; null where Fast.io does not say whose it is. */
  addIdentity(workspaceId: string, userId: string | null): Identity;
  /** Somebody else changes the role, or takes the account out with null. */
  setMember(profileId: string, userId: string, role: Role | null, expires?: string): void;
  changeUser(userId: string, change: Partial<Omit<User, 'id'>>): void;
  /** Somebody else deletes the workspace or the share. */
  deletePlace(profileId: string): void;
  /** An event from before, or of somebody else's doing. */
  logEvent(event: string, userId: string, actorId?: string): void;
  /** The next reads show what was there before the last change. */
  lag(reads: number): void;
}

/** A running live Fast.io that behaves: it keeps state, records what was asked of it, judges it, and fails on request. */
export interface LiveSandbox extends Omit<TroubledServer, 'origin'> {
  /** Where its API begins. */
  readonly url: string;
  readonly origin: string;
  readonly token: string;
  readonly orgId: string;
  readonly callerId: string;
  readonly ownerId: string;
  readonly scenario: Scenario;
  readonly profiles: Readonly<Record<string, Profile>>;
  readonly effects: readonly Effect[];
  /** One sentence for each thing an offboarding must never do. Empty is good. */
  readonly violations: readonly string[];
  expectLeaver(userId: string): void;
  /** Where the account is a member, with its role: `workspace/1: admin`. */
  membershipsOf(userId: string): string[];
}

/** Where its version of the API begins: https://docs.fast.io/ */
const PREFIX = '/current';
const HABITS: Habits = {
  wrapped: false,
  saysYes: false,
  codesAsText: false,
  otherSpelling: false,
  pageSize: 500,
  onlyOwnersTransfer: false,
  knowsExpiry: true,
  offersLists: true,
  eventDelay: 0,
};

/** Starts a live Fast.io on 127.0.0.1. */
export async function startFastioLive(options: LiveOptions = {}): Promise<LiveSandbox> {
  const { port = 0, token = 'fastio-live-sandbox-token', caller = {}, clock = systemClock, ...habits } = options;
  const newId = idMaker();
  const [orgId, ownerId, callerId] = [newId(), newId(), caller.id ?? newId()];
  const members: Record<string, Membership> = { [ownerId]: { role: 'owner', expires: null } };
  members[callerId] = { role: caller.role ?? 'admin', expires: null };
  const state: State = {
    users: {
      [ownerId]: { id: ownerId, email: 'owner@example.com', name: 'Olive Owner' },
      [callerId]: { id: callerId, email: caller.email ?? 'leaver-service@example.com', name: 'Leaver' },
    },
    profiles: { [orgId]: { kind: 'org', id: orgId, name: 'Acme', parentId: null, members, invitations: [] } },
    fileShares: {},
    identities: {},
  };
  const world = createWorld({ callerId, orgId, habits: { ...HABITS, ...habits }, state, rules: createRules(callerId), newId, clock });
  const server = await startTroubled(port, (arrival) => answer(world, token, arrival));
  return {
    ...server,
    url: `${server.origin}${PREFIX}`,
    token,
    orgId,
    callerId,
    ownerId,
    scenario: scenarioOf(world),
    profiles: state.profiles,
    effects: world.effects,
    violations: world.rules.violations,
    expectLeaver: world.rules.expectLeaver,
    membershipsOf: (userId) =>
      Object.values(state.profiles).flatMap((profile) => {
        const member = membersOf(profile, clock.now()).find(([id]) => id === userId)?.[1];
        return member ? [`${profile.kind}/${profile.id}: ${member.role}`] : [];
      }),
  };
}

const PATTERNS = Object.entries(ROUTES).map(([route, handler]) => ({
  handler,
  pattern: new RegExp(`^${route.replace(/:(\w+)(\([^)]*\))?/g, (_, name: string, among = '[^/]+') => `(?<${name}>${among})`)}$`),
}));

function answer(world: World, token: string, arrival: Arrival): Reply {
  const { method, url, text, headers } = arrival;
  const { habits, rules } = world;
  const path = url.pathname.startsWith(`${PREFIX}/`) ? url.pathname.slice(PREFIX.length) : '';
  rules.judgeCall(method, path);
  if (authorizationOf(arrival) !== `Bearer ${token}`) return no(habits, 401, 1650, 'Invalid authentication');
  if (text !== '' && !/^application\/x-www-form-urlencoded\b/i.test(String(headers['content-type'])))
    return no(habits, 406, 1605, 'This endpoint takes a form');
  for (const { pattern, handler } of PATTERNS) {
    const match = pattern.exec(`${method} ${path}`);
    const view = match && (method === 'GET' ? world.view() : world.state);
    if (view)
      return handler(world, {
        params: decoded(match.groups),
        query: url.searchParams,
        form: new URLSearchParams(text),
        page: pageAsked(url),
        view,
      });
  }
  rules.report(`unknown route: ${method} ${path}`);
  return unknownRoute(habits);
}

function pageAsked({ searchParams }: URL) {
  return { limit: Number(searchParams.get('limit') ?? 100), offset: Number(searchParams.get('offset') ?? 0) };
}

function decoded(groups: Record<string, string> = {}): Record<string, string> {
  return Object.fromEntries(Object.entries(groups).map(([name, value]) => [name, decodeURIComponent(value)]));
}

function scenarioOf(world: World): Scenario {
  const { state, callerId, orgId, newId } = world;
  const addPlace = (kind: Kind, parentId: string | null, { id = newId(), name = kind, members = {} }: PlaceSeed): Profile => {
    const roles = Object.entries({ [callerId]: 'admin' as const, ...members });
    const all = Object.fromEntries(roles.map(([userId, role]): [string, Membership] => [userId, { role, expires: null }]));
    return put(state.profiles, { kind, id, name, parentId, members: all, invitations: [] });
  };
  return {
    addUser({ id = newId(), email, name = email, role = 'member' }) {
      if (role !== null) known(state.profiles, orgId).members[id] = { role, expires: null };
      return put(state.users, { id, email, name });
    },
    addWorkspace: (seed = {}) => addPlace('workspace', null, seed),
    addShare: ({ in: parentId, ...seed } = {}) => addPlace('share', parentId ?? null, seed),
    invite(profileId, email, role = 'member') {
      const invitation = { id: `inv${newId()}`, email, role };
      known(state.profiles, profileId).invitations.push(invitation);
      return invitation;
    },
    addFileShare(workspaceId, grants, title = 'a file') {
      const share = { id: newId(), title, workspaceId, grants };
      return put(state.fileShares, share);
    },
    addIdentity(workspaceId, userId) {
      const identity: Identity = { id: `ident${newId()}`, workspaceId, userId, status: 'active' };
      return put(state.identities, identity);
    },
    setMember(profileId, userId, role, expires) {
      const { members } = known(state.profiles, profileId);
      if (role === null) delete members[userId];
      else members[userId] = { role, expires: expires ?? null };
    },
    changeUser: (userId, change) => void Object.assign(known(state.users, userId), change),
    deletePlace(profileId) {
      delete state.profiles[profileId];
    },
    logEvent: world.log,
    lag: world.lag,
  };
}

function put<Row extends { readonly id: string }>(rows: Record<string, Row>, row: Row): Row {
  if (rows[row.id]) throw new Error(`The id ${row.id} is taken; a scenario must name each thing once`);
  rows[row.id] = row;
  return row;
}

function known<Row>(rows: Record<string, Row>, id: string): Row {
  const row = rows[id];
  if (!row) throw new Error(`There is no ${id} in the sandbox; add it first`);
  return row;
}
