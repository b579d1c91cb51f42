import assert from 'node:assert/strict';
import type { TestContext } from 'node:test';
import { chooseSuccessor } from '../../../src/directory/successor.ts';
import type { JsonObject } from '../../../src/kernel/json.ts';
import { type FastioSandbox, type FastioOptions as SandboxOptions, startFastio, type User } from '../../../src/sandbox/fastio/fastio.ts';
import { createFastioTarget } from '../../../src/targets/fastio/fastio.ts';
import type { ActionContext, ActionResult, FinishedStep, Target, TellSuccessor } from '../../../src/targets/target.ts';
import { keptLog } from './log-lines.ts';
import { type MovingClock, movingClock } from './moving-clock.ts';

export interface Stage {
  readonly fastio: FastioSandbox;
  readonly target: Target;
  readonly clock: MovingClock;
  readonly lines: readonly string[];
  readonly leaver: User;
  readonly successor: User;
  readonly finished: FinishedStep[];
  /** Runs an action as the worker would, and keeps it as finished when it is done. */
  run(action: string, more?: Partial<ActionContext>): Promise<ActionResult>;
  /** Runs the steps up to this one, every one of them done. */
  after(...actions: readonly string[]): Promise<void>;
  /** Hands over one workspace. */
  transfer(workspaceId: string, more?: Partial<ActionContext>): Promise<ActionResult>;
  /** Changes that reached the sandbox, by call. */
  calls(call: string): number;
}

export interface StageOptions extends SandboxOptions {
  readonly fallbackOwnerId?: string;
  /** Whether the leaver is the account that Leaver works with. */
  readonly isServiceAccount?: boolean;
  readonly storageQuotaBytes?: number;
  readonly attempts?: number;
  /** By what successors are told; nothing where it is left out. */
  readonly tellSuccessor?: TellSuccessor;
  readonly timeoutMs?: number;
  /** Set when the test breaks a rule of the sandbox on purpose. */
  readonly tolerate?: boolean;
}

/** A sandbox with a leaver and a successor, and the target that speaks to it. Any violation the sandbox saw fails the test. */
export async function fastioStage(t: TestContext, options: StageOptions = {}): Promise<Stage> {
  const {
    fallbackOwnerId,
    isServiceAccount = false,
    storageQuotaBytes,
    attempts = 1,
    tellSuccessor,
    timeoutMs = 300,
    tolerate = false,
    ...sandbox
  } = options;
  const clock = movingClock();
  const { log, lines } = keptLog();
  const fastio = await startFastio({ clock, token: 'tok-9f8e7d6c5b', ...sandbox });
  const leaver = fastio.scenario.addUser({ email: 'Lee.Aver@example.com', name: 'Lee Aver', sessions: 2, locks: 1, tokens: 3 });
  const successor = fastio.scenario.addUser({ email: 'sue@example.com', name: 'Sue Cessor' });
  fastio.expectLeaver(leaver.id);
  const target = createFastioTarget({
    id: 'fastio',
    baseUrl: fastio.url,
    token: fastio.token,
    orgId: fastio.orgId,
    fallbackOwnerId: fallbackOwnerId ?? successor.id,
    serviceAccountId: isServiceAccount ? leaver.id : undefined,
    storageQuotaBytes,
    http: { timeoutMs, retry: { attempts, minDelayMs: 10, maxDelayMs: 1000 } },
    clock,
    log,
    chooseSuccessor,
    tellSuccessor,
  });
  t.after(async () => {
    await target.close();
    await fastio.close();
    if (!tolerate) assert.deepEqual(fastio.violations, []);
    assert.ok(!lines.join('').includes(fastio.token), 'the token is in the log');
  });
  return stageOf({ fastio, target, clock, lines, leaver, successor, finished: [] });
}

type Props = Omit<Stage, 'run' | 'after' | 'transfer' | 'calls'>;

function stageOf(props: Props): Stage {
  const { target, finished, fastio } = props;
  const run: Stage['run'] = async (action, more = {}) => {
    const context = contextOf(props, more);
    const result = await target.perform(action, context);
    if (result.kind === 'done') finished.push({ action, subject: context.subject, outcome: result.outcome, facts: result.facts ?? {} });
    return result;
  };
  return {
    ...props,
    run,
    after: async (...actions) => {
      for (const action of actions) assert.equal((await run(action)).kind, 'done', action);
    },
    transfer: (workspaceId, more = {}) =>
      run('transfer-workspace', { subject: workspaceId, facts: handOverFacts(props, workspaceId), ...more }),
    calls: (call) => fastio.requests.filter((request) => request.call === call).length,
  };
}

function contextOf({ finished }: Props, more: Partial<ActionContext>): ActionContext {
  return {
    person: { email: 'lee.aver@example.com', name: 'Lee Aver' },
    stepId: 'step-1',
    subject: null,
    facts: {},
    repeated: false,
    finished: [...finished],
    leavingAccounts: new Set(),
    signal: new AbortController().signal,
    ...more,
  };
}

function handOverFacts({ fastio, leaver, successor }: Props, workspaceId: string): JsonObject {
  return { name: fastio.workspaces.get(workspaceId)?.name ?? '', successorId: successor.id, ownerId: leaver.id };
}

/** The result as done with this outcome, or the test fails. */
export function doneAs(result: ActionResult, outcome: string): JsonObject {
  assert.ok(result.kind === 'done', JSON.stringify(result));
  assert.equal(result.outcome, outcome);
  return result.facts ?? {};
}

/** The message of a result of this kind, or the test fails. */
export function messageIn(result: ActionResult, kind: 'refused' | 'retry-later'): string {
  assert.ok(result.kind === kind, JSON.stringify(result));
  return result.error.message;
}
