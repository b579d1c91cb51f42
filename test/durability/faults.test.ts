import assert from 'node:assert/strict';
import { test } from 'node:test';
import { CALLS, type CallName } from '../../src/sandbox/fastio/calls.ts';
import type { Fault, FaultHandle, Matcher } from '../../src/sandbox/fastio/faults.ts';
import { eventually } from '../support/eventually.ts';
import { startService, type TestService } from '../support/service.ts';

/** Faults that are over when the call is made again. Those with the effect behind them are the ones that must not be guessed about. */
const PASSING: Readonly<Record<string, Fault>> = {
  'the target never answers': 'hang',
  'the target acts and never answers': 'hang-after-effect',
  'the connection is reset': 'reset',
  'the answer is lost': 'reset-after-effect',
  'the answer breaks off': 'truncated-json',
  'the answer is half a document': 'half-json',
  'a proxy answers with a page': 'html-200',
  'the answer comes slowly': { slowBodyMs: 200 },
  'the target is busy': { status: 429, retryAfter: 1 },
  'something is in the way (409)': { status: 409 },
  'something is locked (423)': { status: 423 },
  'the target breaks (500)': { status: 500 },
  'the target acts and breaks (500)': { status: 500, afterEffect: true },
  'the gateway fails (502)': { status: 502, body: 'html' },
  'the target is down (503)': { status: 503, retryAfter: 1 },
  'the target acts behind a gateway that gave up (504)': { status: 504, body: 'empty', afterEffect: true },
};
/** Faults that only a person can mend. */
const LASTING: Readonly<Record<string, Fault>> = {
  'the call is called wrong (400)': { status: 400 },
  'the token is refused (401)': { status: 401 },
  'the token may not do this (403)': { status: 403 },
  'the target sends elsewhere': 'redirect',
};

/** What is asked for nobody in particular, so that its faults strike whoever comes next. */
const IMPERSONAL: readonly CallName[] = ['listWebhooks'];
const NOT_OF_A_LEAVER: readonly CallName[] = ['release'];
const CALLS_OF_A_CASE = (Object.keys(CALLS) as CallName[]).filter((call) => !NOT_OF_A_LEAVER.includes(call));

interface Leaver {
  readonly what: string;
  readonly email: string;
  readonly userId: string;
  readonly fault: FaultHandle;
}

/** Somebody with one of everything, and a call about them that goes wrong. */
function addLeaver({ fastio }: TestService, call: CallName, what: string, fault: Fault, times: number): Leaver {
  const email = `leaver${fastio.users.size}@example.com`;
  const { id: userId } = fastio.scenario.addUser({ email, sessions: 1, tokens: 1 });
  const workspace = fastio.scenario.addWorkspace({ ownerId: userId, name: `of ${email}` });
  const webhook = fastio.scenario.addWebhook({ userId });
  const subjects: Partial<Record<CallName, string>> = { resolve: email, transfer: workspace.id, deleteWebhook: webhook.id };
  const matcher: Matcher = IMPERSONAL.includes(call) ? call : { call, subject: subjects[call] ?? userId };
  fastio.expectLeaver(userId);
  return { what: `${call}: ${what}`, email, userId, fault: fastio.fail(matcher, fault, { times }) };
}

async function start(t: Parameters<typeof startService>[0]): Promise<TestService> {
  return await startService(t, {
    config: {
      http: { timeoutMs: 700, retry: { attempts: 2, minDelayMs: 20, maxDelayMs: 100 } },
      policy: { stepRetry: { minDelayMs: 100, maxDelayMs: 1_000, deadlineMs: 120_000 } },
    },
  });
}

async function leave({ okta }: TestService, leavers: readonly Leaver[]): Promise<void> {
  for (const { what, email, userId } of leavers) {
    assert.equal((await okta.deactivate({ id: `00u${userId}`, login: email })).status, 204, what);
  }
}

function assertOut({ fastio }: TestService, { what, userId }: Leaver): void {
  assert.deepEqual(fastio.leftovers(userId), { member: false, locks: 0, sessions: 0, tokens: 0, webhooks: 0, workspaces: 0 }, what);
  const kinds = fastio.effects.filter((effect) => effect.userId === userId).map(({ kind }) => kind);
  assert.deepEqual([...kinds].sort(), [...new Set(kinds)].sort(), `${what}: each effect once`);
}

test('a fault that passes never needs a person: whatever went wrong with whichever call, the case completes with each effect once', async (t) => {
  const service = await start(t);
  const leavers = CALLS_OF_A_CASE.flatMap((call) =>
    Object.entries(PASSING).map(([what, fault]) => addLeaver(service, call, what, fault, 1)),
  );
  await leave(service, leavers);
  for (const leaver of leavers) {
    await service.untilState(leaver.email, 'completed', 60_000);
    assertOut(service, leaver);
  }
  assert.deepEqual(
    leavers.filter(({ fault }) => fault.hits !== 1).map(({ what }) => what),
    [],
    'every fault struck',
  );
  assert.deepEqual(service.fastio.violations, []);
});

const LOCK_OUT: readonly CallName[] = ['resolve', 'suspend', 'revokeSessions', 'deleteTokens'];

test('a fault that lasts ends with a person who is locked out and not removed, and a retry after the repair completes the case', async (t) => {
  const service = await start(t);
  for (const call of CALLS_OF_A_CASE) {
    const leavers = Object.entries(LASTING).map(([what, fault]) => addLeaver(service, call, what, fault, Number.POSITIVE_INFINITY));
    await leave(service, leavers);
    for (const { what, email, userId } of leavers) {
      const { reason } = await service.untilState(email, 'attention');
      assert.ok(reason !== null && reason.length > 20, what);
      if (LOCK_OUT.includes(call)) {
        assert.equal((await service.caseOf(email))?.containedAt, null, `${what}: not locked out, for that is what failed`);
      } else {
        // The lock-out waits for nothing but itself: the question to a person may stand before it is through.
        await eventually(`${what}: locked out`, async () => (await service.caseOf(email))?.containedAt ?? null);
      }
      const kinds = service.fastio.effects.filter((effect) => effect.userId === userId).map(({ kind }) => kind);
      assert.ok(!kinds.includes('user.deleted'), `${what}: not removed`);
    }
    service.fastio.clearFaults();
    for (const { what, email, fault } of leavers) {
      assert.ok(IMPERSONAL.includes(call) || fault.hits > 0, `${what}: it struck`);
      const found = await service.caseOf(email);
      const { status } = await service.call('POST', `/v1/cases/${found?.id}/retry`, { reason: 'it is repaired' });
      assert.equal(status, 202, what);
    }
    for (const leaver of leavers) {
      await service.untilState(leaver.email, 'completed');
      assertOut(service, leaver);
    }
  }
  assert.deepEqual(service.fastio.violations, []);
});
