import assert from 'node:assert/strict';
import type { TestContext } from 'node:test';
import { chooseSuccessor } from '../../../src/directory/successor.ts';
import {
  type FlashbackSandbox,
  type Person,
  type FlashbackOptions as SandboxOptions,
  startFlashback,
  type Workspace,
} from '../../../src/sandbox/flashback/flashback.ts';
import { createFlashbackTarget } from '../../../src/targets/flashback/flashback.ts';
import type { ActionContext, ActionResult, FinishedStep, FollowUp, Target } from '../../../src/targets/target.ts';
import { keptLog } from './log-lines.ts';
import { type MovingClock, movingClock } from './moving-clock.ts';

export interface FlashbackStage {
  readonly flashback: FlashbackSandbox;
  readonly target: Target;
  readonly clock: MovingClock;
  readonly lines: readonly string[];
  readonly leaver: Person;
  readonly successor: Person;
  readonly finished: FinishedStep[];
  /** Runs an action as the worker would, and keeps it as finished when it is done. */
  run(action: string, more?: Partial<ActionContext>): Promise<ActionResult>;
  /** Takes the leaver out of the workspace, as the step for it would. */
  remove(workspace: Workspace, more?: Partial<ActionContext>): Promise<ActionResult>;
  /** Runs the step of a follow-up. */
  follow(followUp: FollowUp, more?: Partial<ActionContext>): Promise<ActionResult>;
}

export interface FlashbackStageOptions extends SandboxOptions {
  readonly fallbackOwnerId?: string;
  readonly removeFromOrganization?: boolean;
  /** Whether the target may refresh its token. */
  readonly refreshes?: boolean;
  readonly timeoutMs?: number;
  /** Set when the test breaks a rule of the sandbox on purpose. */
  readonly tolerate?: boolean;
}

const TOKEN = 'tok-1a2b3c4d5e';
const REFRESH_TOKEN = 'ref-5e4d3c2b1a';

/** A Flashback with a leaver and a successor, and the target that speaks to it. Any violation that it saw fails the test, as does a token in the log. */
export async function flashbackStage(t: TestContext, options: FlashbackStageOptions = {}): Promise<FlashbackStage> {
  const { fallbackOwnerId, removeFromOrganization = true, refreshes = false, timeoutMs = 300, tolerate = false, ...sandbox } = options;
  const clock = movingClock();
  const { log, lines } = keptLog();
  const flashback = await startFlashback({ clock, token: TOKEN, refreshToken: REFRESH_TOKEN, ...sandbox });
  const leaver = flashback.scenario.addPerson({ email: 'Lee.Aver@example.com', name: 'Lee', lastName: 'Aver' });
  const successor = flashback.scenario.addPerson({ email: 'sue@example.com', name: 'Sue' });
  flashback.expectLeaver(leaver.id);
  const target = createFlashbackTarget({
    id: 'flashback',
    baseUrl: flashback.url,
    token: TOKEN,
    refreshToken: refreshes ? REFRESH_TOKEN : undefined,
    fallbackOwnerId: fallbackOwnerId ?? successor.id,
    removeFromOrganization,
    http: { timeoutMs, retry: { attempts: 1, minDelayMs: 10, maxDelayMs: 1000 } },
    clock,
    log,
    chooseSuccessor,
  });
  t.after(async () => {
    await target.close();
    await flashback.close();
    if (!tolerate) assert.deepEqual(flashback.violations, []);
    const text = lines.join('');
    assert.ok(!text.includes(TOKEN) && !text.includes(REFRESH_TOKEN), 'a token is in the log');
  });
  return stageOf({ flashback, target, clock, lines, leaver, successor, finished: [] });
}

function stageOf(props: Omit<FlashbackStage, 'run' | 'remove' | 'follow'>): FlashbackStage {
  const { target, finished, leaver } = props;
  const run: FlashbackStage['run'] = async (action, more = {}) => {
    const context = contextOf(finished, more);
    const result = await target.perform(action, context);
    const text = JSON.stringify(result);
    assert.ok(!text.includes(TOKEN) && !text.includes(REFRESH_TOKEN), 'a token is in the result');
    if (result.kind === 'done') finished.push({ action, subject: context.subject, outcome: result.outcome, facts: result.facts ?? {} });
    return result;
  };
  const follow: FlashbackStage['follow'] = async ({ action, subject, facts = {} }, more = {}) =>
    await run(action, { subject, facts, ...more });
  return {
    ...props,
    run,
    follow,
    remove: async ({ id, name, members }, more = {}) =>
      await follow({ action: 'remove-from-workspace', subject: id, facts: { name, role: members[leaver.id] ?? 'WRITE' } }, more),
  };
}

function contextOf(finished: readonly FinishedStep[], more: Partial<ActionContext>): ActionContext {
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

/** The steps that the result asks for, or the test fails. */
export function followUpsIn(result: ActionResult): readonly FollowUp[] {
  assert.ok(result.kind === 'done' || result.kind === 'more-first', JSON.stringify(result));
  return result.followUps ?? [];
}
