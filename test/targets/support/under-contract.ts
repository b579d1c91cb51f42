import assert from 'node:assert/strict';
import type { TestContext } from 'node:test';
import { chooseSuccessor } from '../../../src/directory/successor.ts';
import { startFastio } from '../../../src/sandbox/fastio/fastio.ts';
import { startFastioLive } from '../../../src/sandbox/fastio-live/fastio-live.ts';
import { startFlashback } from '../../../src/sandbox/flashback/flashback.ts';
import { createFastioTarget } from '../../../src/targets/fastio/fastio.ts';
import { createFastioLiveTarget } from '../../../src/targets/fastio-live/fastio-live.ts';
import { createFlashbackTarget } from '../../../src/targets/flashback/flashback.ts';
import type { ActionContext, ActionResult, FinishedStep, Target } from '../../../src/targets/target.ts';
import { keptLog } from './log-lines.ts';
import { type Meddler, startMeddler } from './meddler.ts';
import { movingClock } from './moving-clock.ts';
import { rosterFromPage, startRoster } from './roster.ts';

export const TOKEN = 'tok-0f1e2d3c4b';
const LEAVER = 'lee.aver@example.com';

/** What the promises of every target are tried on: one person to be removed, and a wire on which one can meddle. */
export interface UnderContract {
  readonly target: Target;
  readonly wire: Meddler;
  /** The calls that read people, and that remove. */
  readonly calls: { readonly people: RegExp; readonly removal: RegExp };
  /** The account that Leaver itself works with. */
  readonly ownAddress: string;
  readonly ownId: string;
  run(action: string, more?: Partial<ActionContext>): Promise<ActionResult>;
  /** Runs what comes before the removal. */
  ready(): Promise<void>;
  remove(more?: Partial<ActionContext>): Promise<ActionResult>;
  /** Somebody else takes the person out. */
  takeOutElsewhere(): void;
  isThere(): boolean;
  /** How often something really changed. */
  changes(): number;
}

interface Made extends Pick<UnderContract, 'calls' | 'ownAddress' | 'ownId' | 'takeOutElsewhere' | 'isThere' | 'changes'> {
  readonly url: string;
  makeTarget(baseUrl: string, around: Around): Target;
  readonly before: readonly string[];
  readonly removal: Pick<ActionContext, 'subject' | 'facts'> & { readonly action: string };
}

type Around = Pick<Parameters<typeof createFlashbackTarget>[0], 'token' | 'http' | 'clock' | 'log' | 'chooseSuccessor'>;

export const TARGETS_UNDER_CONTRACT = {
  fastio: underContract(fastio),
  flashback: underContract(flashback),
  'fastio-live': underContract(fastioLive),
  roster: underContract(roster),
} as const;

function underContract(make: (t: TestContext) => Promise<Made>) {
  return async (t: TestContext): Promise<UnderContract> => {
    const { url, makeTarget, before, removal, ...made } = await make(t);
    const wire = await startMeddler(url);
    const { log, lines } = keptLog();
    const http = { timeoutMs: 250, retry: { attempts: 1, minDelayMs: 10, maxDelayMs: 1000 } };
    const target = makeTarget(wire.url, { token: TOKEN, http, clock: movingClock(), log, chooseSuccessor });
    t.after(async () => {
      await target.close();
      await wire.close();
      assert.ok(!lines.join('').includes(TOKEN), 'the token is in the log');
    });
    const run = runner(target);
    return {
      ...made,
      target,
      wire,
      run,
      ready: async () => {
        for (const action of before) assert.equal((await run(action)).kind, 'done', action);
      },
      remove: async (more) => await run(removal.action, { subject: removal.subject, facts: removal.facts, ...more }),
    };
  };
}

/** Runs actions one after the other, as the steps of one case. */
function runner(target: Target): UnderContract['run'] {
  const finished: FinishedStep[] = [];
  return async (action, more = {}) => {
    const context: ActionContext = {
      person: { email: LEAVER, name: null },
      stepId: `step-${action}`,
      subject: null,
      facts: {},
      repeated: false,
      finished: [...finished],
      leavingAccounts: new Set(),
      signal: new AbortController().signal,
      ...more,
    };
    const result = await target.perform(action, context);
    if (result.kind === 'done') finished.push({ action, subject: context.subject, outcome: result.outcome, facts: result.facts ?? {} });
    return result;
  };
}

async function fastio(t: TestContext): Promise<Made> {
  const sandbox = await startFastio({ token: TOKEN });
  t.after(async () => await sandbox.close());
  const leaver = sandbox.scenario.addUser({ email: LEAVER });
  const service = sandbox.scenario.addUser({ email: 'service@example.com' });
  const { orgId } = sandbox;
  return {
    url: sandbox.url,
    makeTarget: (baseUrl, around) =>
      createFastioTarget({ id: 'fastio', baseUrl, orgId, fallbackOwnerId: service.id, serviceAccountId: service.id, ...around }),
    calls: { people: /^GET .*\/members$/, removal: /^DELETE .*\/members\// },
    ownAddress: service.email,
    ownId: service.id,
    takeOutElsewhere: () => sandbox.scenario.removeUser(leaver.id),
    before: ['resolve-account', 'suspend', 'list-workspaces', 'revoke-sessions', 'delete-tokens', 'delete-webhooks'],
    removal: { action: 'remove-member', subject: null, facts: {} },
    isThere: () => sandbox.leftovers(leaver.id).member,
    changes: () => sandbox.effects.length,
  };
}

async function flashback(t: TestContext): Promise<Made> {
  const sandbox = await startFlashback({ token: TOKEN, caller: { email: 'service@example.com' } });
  t.after(async () => await sandbox.close());
  const leaver = sandbox.scenario.addPerson({ email: LEAVER });
  const other = sandbox.scenario.addPerson({ email: 'other@example.com' });
  const { id, name } = sandbox.scenario.addWorkspace({ members: { [leaver.id]: 'WRITE', [other.id]: 'ADMIN' } });
  return {
    url: sandbox.url,
    makeTarget: (baseUrl, around) =>
      createFlashbackTarget({ id: 'flashback', baseUrl, fallbackOwnerId: other.id, removeFromOrganization: true, ...around }),
    calls: { people: /^GET \/organization\/users$/, removal: /^DELETE \/workspace\// },
    ownAddress: 'service@example.com',
    ownId: sandbox.callerId,
    takeOutElsewhere: () => sandbox.scenario.setMember(id, leaver.id, null),
    before: ['resolve-account', 'list-workspaces'],
    removal: { action: 'remove-from-workspace', subject: id, facts: { name, role: 'WRITE' } },
    isThere: () => sandbox.membershipsOf(leaver.id).length > 0,
    changes: () => sandbox.effects.length,
  };
}

async function fastioLive(t: TestContext): Promise<Made> {
  const sandbox = await startFastioLive({ token: TOKEN, caller: { email: 'service@example.com' } });
  t.after(async () => await sandbox.close());
  const leaver = sandbox.scenario.addUser({ email: LEAVER });
  const other = sandbox.scenario.addUser({ email: 'other@example.com' });
  const { id, name } = sandbox.scenario.addWorkspace({ members: { [leaver.id]: 'member', [other.id]: 'owner' } });
  const { orgId, origin } = sandbox;
  return {
    url: origin,
    makeTarget: (baseUrl, around) =>
      createFastioLiveTarget({ id: 'fastio-live', baseUrl: `${baseUrl}/current`, orgId, fallbackOwnerId: other.id, ...around }),
    calls: { people: /^GET \/current\/org\/.*\/members\/list\/$/, removal: /^DELETE \/current\/workspace\/.*\/members\// },
    ownAddress: 'service@example.com',
    ownId: sandbox.callerId,
    takeOutElsewhere: () => sandbox.scenario.setMember(id, leaver.id, null),
    before: ['resolve-account', 'list-workspaces'],
    removal: { action: 'remove-membership', subject: `workspace/${id}`, facts: { name } },
    isThere: () => sandbox.membershipsOf(leaver.id).some((place) => place.startsWith('workspace/')),
    changes: () => sandbox.effects.length,
  };
}

/** The target of `docs/writing-a-target.md`, as the page has it. */
async function roster(t: TestContext): Promise<Made> {
  const people = { p1: 'ann@example.com', p2: 'service@example.com', p3: 'bob@example.com', p4: 'cy@example.com', p5: LEAVER };
  const sandbox = await startRoster(t, TOKEN, people);
  const createRoster = await rosterFromPage();
  const own = { ownAddress: people.p2, ownId: 'p2', takeOutElsewhere: () => void sandbox.people.delete('p5') };
  return {
    ...own,
    url: sandbox.origin,
    makeTarget: (baseUrl, around) => createRoster({ id: 'roster', baseUrl, ownAccountId: own.ownId, ...around }),
    calls: { people: /^GET \/people$/, removal: /^DELETE \/people\// },
    before: ['resolve-account'],
    removal: { action: 'remove-account', subject: null, facts: {} },
    isThere: () => sandbox.people.has('p5'),
    changes: () => sandbox.removals(),
  };
}
