import { type Clock, systemClock } from '../../kernel/clock.ts';
import type { CallName } from './calls.ts';
import { CONTROL_PATH, createControl } from './control.ts';
import { exchange } from './exchange.ts';
import { createFaultBook, type Fault, type FaultHandle, type Matcher } from './faults.ts';
import { createHolds, type Hold, type HoldOptions, type HoldPoint } from './holds.ts';
import { createJournal, type Effect, type RequestRecord } from './journal.ts';
import { type Listener, listen } from './listen.ts';
import { createRules } from './rules.ts';
import { createScenario, type Scenario } from './scenario.ts';
import { createState, type Leftovers, type Seed, type State } from './state.ts';
import { settle, type World } from './world.ts';

export type { CallName } from './calls.ts';
export type { Fault, FaultHandle, Matcher } from './faults.ts';
export type { Hold, HoldOptions, HoldPoint } from './holds.ts';
export type { Effect, EffectKind, Ending, RequestRecord } from './journal.ts';
export type { CallHook, CallHookOptions, Scenario } from './scenario.ts';
export type { Leftovers, Seed, User, UserSeed, Webhook, WebhookSeed, Workspace, WorkspaceSeed } from './state.ts';

export interface FastioOptions {
  /** 0, the default, takes a free port. */
  readonly port?: number;
  /** The only bearer token that is accepted. */
  readonly token?: string;
  readonly orgId?: string;
  /** Who holds the token, as the audit log names them. */
  readonly actorId?: string;
  /** Wait before a call takes effect: one for all, or by call with `default` for the rest. 0 by default. */
  readonly latencyMs?: number | Partial<Readonly<Record<CallName | 'default', number>>>;
  /** Most rows of a page, whatever `limit` asks for. 500 by default. */
  readonly pageSize?: number;
  /** Resolve answers with all members, whatever e-mail it was asked for. */
  readonly ignoreEmailFilter?: boolean;
  /** How long an event stays invisible in the audit log. 0 by default. */
  readonly auditDelayMs?: number;
  /** Transfers answer 202 and move the ownership this much later. */
  readonly acceptedTransfers?: { readonly afterMs: number };
  /** Whether somebody who has not accepted the invitation, or was deactivated, can be suspended; true by default. */
  readonly suspendsAnybody?: boolean;
  /** Revocations answer 204 without counts. */
  readonly bareAnswers?: boolean;
  readonly clock?: Clock;
  readonly seed?: Seed;
}

/** A running Fastio that behaves: it keeps state, records what was asked of it, judges it, and fails on request. */
export interface FastioSandbox {
  readonly url: string;
  readonly port: number;
  readonly token: string;
  readonly orgId: string;
  readonly scenario: Scenario;
  readonly users: State['users'];
  readonly workspaces: State['workspaces'];
  readonly webhooks: State['webhooks'];
  readonly requests: readonly RequestRecord[];
  readonly effects: readonly Effect[];
  /** One sentence for each thing an offboarding must never do. Empty is good. */
  readonly violations: readonly string[];
  /** From the first one on, a change of anybody else is a violation. */
  expectLeaver(userId: string): void;
  leftovers(userId: string): Leftovers;
  /** Lets the fault strike the next `times` matching requests: 1 by default, `Infinity` for all. */
  fail(matcher: Matcher, fault: Fault, options?: { readonly times?: number }): FaultHandle;
  clearFaults(): void;
  /** Holds the next matching request, or the nth from now on, at this point until it is released. */
  pause(matcher: Matcher, point: HoldPoint, options?: HoldOptions): Hold;
  /** Destroys all connections, ends what waits and leaves no timer. */
  close(): Promise<void>;
}

/** Starts a Fastio on 127.0.0.1. */
export async function startFastio(options: FastioOptions = {}): Promise<FastioSandbox> {
  const parts = createParts(options);
  const server = await listenForCalls(parts, options.port ?? 0);
  const trap = await listenAsTrap(parts);
  parts.trap.origin = trap.origin;
  return surfaceOf(parts, server, trap);
}

type Parts = ReturnType<typeof createParts>;

function createParts({ token = 'sandbox-admin-token', latencyMs = 0, ...options }: FastioOptions) {
  const world = createWorld(options);
  return {
    world,
    token,
    latencyMs: (call: CallName) => (typeof latencyMs === 'number' ? latencyMs : (latencyMs[call] ?? latencyMs.default ?? 0)),
    faults: createFaultBook(),
    holds: createHolds(),
    runner: createScenario(world),
    closing: new AbortController(),
    trap: { origin: '' },
  };
}

async function listenForCalls(parts: Parts, port: number): Promise<Listener> {
  const { world, faults, holds, closing, trap } = parts;
  const control = createControl({ faults, holds, snapshot: () => snapshotOf(world) });
  const needs = { ...parts, closing: closing.signal, trapOrigin: () => trap.origin };
  return await listen({
    port,
    failed: reporter(parts),
    handle: async (arrival, response) =>
      arrival.url.pathname.startsWith(CONTROL_PATH) ? control(arrival, response) : await exchange(needs, arrival, response),
  });
}

/** The port redirects lead to: nobody should ever come. */
async function listenAsTrap(parts: Parts): Promise<Listener> {
  return await listen({
    port: 0,
    failed: reporter(parts),
    handle: async ({ method, url, headers }, response) => {
      const how = headers.authorization ? 'with the token' : 'without the token';
      parts.world.rules.report(`a redirect was followed ${how}: ${method} ${url.pathname}`);
      response.writeHead(200, { 'content-type': 'application/json' }).end('{}');
    },
  });
}

/** A fault of the sandbox itself must fail the test that met it; what breaks while closing is none. */
function reporter({ world, closing }: Parts): (message: string) => void {
  return (message) => {
    if (!closing.signal.aborted) world.rules.report(`the sandbox failed: ${message}`);
  };
}

function surfaceOf(parts: Parts, server: Listener, trap: Listener): FastioSandbox {
  const { world, token, faults, holds, runner } = parts;
  return {
    url: server.origin,
    port: server.port,
    token,
    orgId: world.habits.orgId,
    scenario: runner.scenario,
    requests: world.journal.requests,
    webhooks: world.state.webhooks,
    get violations() {
      return settled(world).rules.violations;
    },
    get users() {
      return settled(world).state.users;
    },
    get workspaces() {
      return settled(world).state.workspaces;
    },
    get effects() {
      return settled(world).journal.effects;
    },
    expectLeaver: world.rules.expectLeaver,
    leftovers: (userId) => settled(world).state.leftovers(userId),
    fail: faults.fail,
    clearFaults: faults.clear,
    pause: holds.pause,
    async close() {
      parts.closing.abort();
      holds.close();
      await Promise.all([server.close(), trap.close()]);
    },
  };
}

function createWorld(options: FastioOptions): World {
  const { clock = systemClock, auditDelayMs = 0, seed = {} } = options;
  const state = createState(seed);
  return {
    clock,
    state,
    journal: createJournal({ clock, newId: state.newId, auditDelayMs }),
    rules: createRules(state),
    habits: {
      orgId: options.orgId ?? '4860000000000000001',
      actorId: options.actorId ?? '4860000000000000002',
      pageSize: options.pageSize ?? 500,
      ignoreEmailFilter: options.ignoreEmailFilter ?? false,
      acceptedTransfers: options.acceptedTransfers,
      suspendsAnybody: options.suspendsAnybody ?? true,
      bareAnswers: options.bareAnswers ?? false,
    },
  };
}

function settled(world: World): World {
  settle(world);
  return world;
}

function snapshotOf(world: World) {
  const { state, journal, rules } = settled(world);
  return {
    users: [...state.users.values()],
    workspaces: [...state.workspaces.values()],
    webhooks: [...state.webhooks.values()],
    requests: journal.requests,
    effects: journal.effects,
    violations: rules.violations,
  };
}
