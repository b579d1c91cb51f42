import { randomUUID } from 'node:crypto';
import { type Clock, systemClock } from '../../kernel/clock.ts';
import { type Arrival, parseObject } from '../fastio/calls.ts';
import { authorizationOf, type Reply, startTroubled, type TroubledServer } from '../troubled.ts';
import { ROUTES, refusal } from './behaviour.ts';
import { createRules } from './rules.ts';
import {
  emptyState,
  type LeftBehind,
  type Person,
  type PersonSeed,
  personOf,
  type Role,
  type State,
  type Workspace,
  type WorkspaceSeed,
} from './state.ts';
import { createTokens, type Tokens } from './tokens.ts';
import { createWorld, type Effect, type Habits, type World } from './world.ts';

export type { Person, Role, Workspace } from './state.ts';
export type { Effect } from './world.ts';

export interface FlashbackOptions extends Partial<Habits> {
  /** 0, the default, takes a free port. */
  readonly port?: number;
  readonly token?: string;
  readonly refreshToken?: string;
  /** How a refresh spells its fields; the one that a request must use, too. */
  readonly spelling?: 'camel' | 'snake';
  /** The account that the token belongs to: an ADMINISTRATOR by default. */
  readonly caller?: Partial<Person>;
  readonly clock?: Clock;
}

/** What happens to Flashback from outside. None of it is an effect or a violation. */
export interface Scenario {
  addPerson(seed: PersonSeed): Person;
  /** The caller is ADMIN of it, where `members` does not say otherwise. */
  addWorkspace(seed?: WorkspaceSeed): Workspace;
  changePerson(userId: string, change: Partial<Omit<Person, 'id'>>): void;
  /** Somebody else changes the role, or takes the account out of the workspace with null. */
  setMember(workspaceId: string, userId: string, role: Role | null): void;
  leaveBehind(things: Partial<LeftBehind>): void;
  /** The next reads show what was there before the last change. */
  lag(reads: number): void;
  /** The access token is no longer accepted. */
  expireToken(): void;
}

/** A running Flashback that behaves: it keeps state, records what was asked of it, judges it, and fails on request. */
export interface FlashbackSandbox extends Omit<TroubledServer, 'origin'> {
  readonly url: string;
  /** The access token that is accepted at present. */
  readonly token: string;
  readonly callerId: string;
  readonly scenario: Scenario;
  readonly people: Readonly<Record<string, Person>>;
  readonly workspaces: Readonly<Record<string, Workspace>>;
  readonly effects: readonly Effect[];
  /** One sentence for each thing an offboarding must never do. Empty is good. */
  readonly violations: readonly string[];
  expectLeaver(userId: string): void;
  /** The workspaces that the account is in. */
  membershipsOf(userId: string): string[];
}

const CALLER = { email: 'leaver-service@example.com', name: 'Leaver', orgRole: 254 };

/** Starts a Flashback on 127.0.0.1. */
export async function startFlashback(options: FlashbackOptions = {}): Promise<FlashbackSandbox> {
  const { listsDeleted = true, pageSize = Number.POSITIVE_INFINITY, clock = systemClock } = options;
  const state = emptyState();
  const caller = personOf(options.caller?.id ?? randomUUID(), { ...CALLER, ...options.caller });
  state.people[caller.id] = caller;
  const world = createWorld({ callerId: caller.id, habits: { listsDeleted, pageSize }, state, rules: createRules(caller.id), clock });
  const tokens = createTokens(options);
  const { origin: url, ...server } = await startTroubled(options.port ?? 0, (arrival) => answer(world, tokens, arrival));
  return {
    ...server,
    url,
    get token() {
      return tokens.current;
    },
    callerId: caller.id,
    scenario: scenarioOf(world, tokens),
    people: state.people,
    workspaces: state.workspaces,
    effects: world.effects,
    violations: world.rules.violations,
    expectLeaver: world.rules.expectLeaver,
    membershipsOf: (userId) => Object.values(state.workspaces).flatMap(({ id, members }) => (members[userId] ? [id] : [])),
  };
}

const PATTERNS = Object.entries(ROUTES).map(([route, handler]) => ({
  handler,
  pattern: new RegExp(`^${route.replace(/:(\w+)/g, '(?<$1>[^/]+)')}$`),
}));

function answer(world: World, tokens: Tokens, arrival: Arrival): Reply {
  const { method, url, text, headers } = arrival;
  const call = `${method} ${url.pathname}`;
  const body = parseObject(text) ?? {};
  world.rules.judgeCall(call);
  if (call === 'POST /user/refresh') return tokens.refresh(body);
  if (!tokens.accepts(authorizationOf(arrival)))
    return { status: 401, body: { success: false, error_code: 'UNAUTHORIZED', message: 'Unauthorized' } };
  if (text !== '' && !/^application\/json\b/i.test(String(headers['content-type'])))
    return refusal(400, 'The content type must be application/json');
  for (const { pattern, handler } of PATTERNS) {
    const match = pattern.exec(call);
    const view = match && (method === 'GET' ? world.view() : world.state);
    if (view) return handler(world, { params: decoded(match.groups), query: url.searchParams, body, view });
  }
  world.rules.report(`unknown route: ${call}`);
  return { status: 404, text: `<!doctype html><pre>Cannot ${method} ${url.pathname}</pre>` };
}

function decoded(groups: Record<string, string> = {}): Record<string, string> {
  return Object.fromEntries(Object.entries(groups).map(([name, value]) => [name, decodeURIComponent(value)]));
}

function scenarioOf(world: World, tokens: Tokens): Scenario {
  const { state, callerId } = world;
  return {
    addPerson: (seed) => put(state.people, personOf(seed.id ?? randomUUID(), seed)),
    addWorkspace: ({ id = randomUUID(), name = 'Workspace', members = {} } = {}) =>
      put(state.workspaces, { id, name, members: { [callerId]: 'ADMIN', ...members } }),
    changePerson: (userId, change) => void Object.assign(known(state.people, userId), change),
    setMember(workspaceId, userId, role) {
      const { members } = known(state.workspaces, workspaceId);
      if (role === null) delete members[userId];
      else members[userId] = role;
    },
    leaveBehind({ repositories = [], tasks = [], links = [] }: Partial<State>) {
      state.repositories.push(...repositories);
      state.tasks.push(...tasks);
      state.links.push(...links);
    },
    lag: world.lag,
    expireToken: tokens.expire,
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
