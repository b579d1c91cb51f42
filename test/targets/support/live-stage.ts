import assert from 'node:assert/strict';
import type { TestContext } from 'node:test';
import { chooseSuccessor } from '../../../src/directory/successor.ts';
import {
  type LiveSandbox,
  type LiveOptions as SandboxOptions,
  startFastioLive,
  type User,
} from '../../../src/sandbox/fastio-live/fastio-live.ts';
import { createFastioLiveTarget } from '../../../src/targets/fastio-live/fastio-live.ts';
import type { ActionContext, ActionResult, FinishedStep, FollowUp, Target, TellSuccessor } from '../../../src/targets/target.ts';
import { keptLog } from './log-lines.ts';
import { type MovingClock, movingClock } from './moving-clock.ts';

export interface LiveStage {
  readonly live: LiveSandbox;
  readonly target: Target;
  readonly clock: MovingClock;
  readonly lines: readonly string[];
  readonly leaver: User;
  readonly successor: User;
  readonly finished: FinishedStep[];
  /** Runs an action as the worker would, and keeps it as finished when it is done. */
  run(action: string, more?: Partial<ActionContext>): Promise<ActionResult>;
  /** Runs the step of a follow-up. */
  follow(followUp: FollowUp, more?: Partial<ActionContext>): Promise<ActionResult>;
  /** Runs the action on a place, as the step for it would. */
  at(action: string, subject: string, more?: Partial<ActionContext>): Promise<ActionResult>;
  /** Runs the whole way out, as a case would that nothing disturbs, and gives what the last of each step came to. */
  leave(more?: Partial<ActionContext>): Promise<string[]>;
}

export interface LiveStageOptions extends SandboxOptions {
  readonly fallbackOwnerId?: string;
  readonly attempts?: number;
  readonly timeoutMs?: number;
  readonly tellSuccessor?: TellSuccessor;
  /** Set when the test breaks a rule of the sandbox on purpose. */
  readonly tolerate?: boolean;
}

const TOKEN = 'key-6a7b8c9d0e';

/** A live Fast.io with a leaver and a successor, and the target that speaks to it. Any violation that it saw fails the test, as does the token in the log. */
export async function liveStage(t: TestContext, options: LiveStageOptions = {}): Promise<LiveStage> {
  const { fallbackOwnerId, attempts = 1, timeoutMs = 300, tolerate = false, tellSuccessor, ...sandbox } = options;
  const clock = movingClock();
  const { log, lines } = keptLog();
  const live = await startFastioLive({ clock, token: TOKEN, ...sandbox });
  const leaver = live.scenario.addUser({ email: 'Lee.Aver@example.com', name: 'Lee Aver' });
  const successor = live.scenario.addUser({ email: 'sue@example.com', name: 'Sue' });
  live.expectLeaver(leaver.id);
  const target = createFastioLiveTarget({
    id: 'live',
    baseUrl: live.url,
    token: TOKEN,
    orgId: live.orgId,
    fallbackOwnerId: fallbackOwnerId ?? successor.id,
    http: { timeoutMs, retry: { attempts, minDelayMs: 10, maxDelayMs: 1000 } },
    clock,
    log,
    chooseSuccessor,
    tellSuccessor,
  });
  t.after(async () => {
    await target.close();
    await live.close();
    if (!tolerate) assert.deepEqual(live.violations, []);
    assert.ok(!lines.join('').includes(TOKEN), 'the token is in the log');
  });
  return stageOf({ live, target, clock, lines, leaver, successor, finished: [] });
}

function stageOf(props: Omit<LiveStage, 'run' | 'follow' | 'at' | 'leave'>): LiveStage {
  const { target, finished, live } = props;
  const run: LiveStage['run'] = async (action, more = {}) => {
    const context = contextOf(finished, more);
    const result = await target.perform(action, context);
    assert.ok(!JSON.stringify(result).includes(TOKEN), 'the token is in the result');
    if (result.kind === 'done') finished.push({ action, subject: context.subject, outcome: result.outcome, facts: result.facts ?? {} });
    return result;
  };
  const follow: LiveStage['follow'] = ({ action, subject, facts = {} }, more = {}) => run(action, { subject, facts, ...more });
  return {
    ...props,
    run,
    follow,
    at: (action, subject, more = {}) =>
      run(action, { subject, facts: { name: live.profiles[subject.split('/')[1] ?? '']?.name ?? '' }, ...more }),
    leave: async (more = {}) => {
      const planned = target.actions.filter(({ playbooks, perSubject }) => playbooks.includes('offboard') && !perSubject);
      const asked: FollowUp[] = [];
      const lines: string[] = [];
      for (const { action } of target.actions.filter(({ playbooks }) => playbooks.includes('offboard'))) {
        const steps = planned.some((one) => one.action === action) ? [null] : asked.filter((one) => one.action === action);
        for (const step of steps) {
          const result = step ? await follow(step, more) : await run(action, more);
          if (result.kind === 'done') for (const one of result.followUps ?? []) if (!asked.some(isSame(one))) asked.push(one);
          const outcome = result.kind === 'done' ? result.outcome : result.kind;
          lines.push([action, step?.subject, outcome].filter(Boolean).join(' '));
        }
      }
      return lines;
    },
  };
}

function isSame(one: FollowUp): (other: FollowUp) => boolean {
  return ({ action, subject }) => action === one.action && subject === one.subject;
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
