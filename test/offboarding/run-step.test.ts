import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { LeaverError } from '../../src/kernel/errors.ts';
import { type Attempt, runStep } from '../../src/offboarding/run-step.ts';
import type { ActionContext, ActionResult } from '../../src/targets/target.ts';
import { BOARDS, DONE, FAILED, FILES, RUNNING, SKIPPED, standing } from './support/cases.ts';
import { SILENT } from './support/stage.ts';
import { scripted, VERIFIED } from './support/workshop.ts';

const BEFORE = standing([FILES, BOARDS], {
  'files/resolve-account': { ...DONE, facts: { userId: 'u1' } },
  'files/suspend': { ...RUNNING, facts: { seen: true } },
  'files/list-workspaces': FAILED,
  'files/delete-webhooks': SKIPPED,
  'boards/resolve-account': { ...DONE, facts: { userId: 'b1' } },
});

function attempt(perform: (context: ActionContext) => Promise<ActionResult>, changes: Partial<Attempt> = {}): Attempt {
  return {
    step: BEFORE.step('files/suspend'),
    target: scripted(FILES, async (_action, context) => await perform(context)),
    person: { email: 'anna@acme.example', name: null },
    steps: BEFORE.steps,
    leavingAccounts: new Set(['u9']),
    signal: new AbortController().signal,
    beforeCall: () => undefined,
    log: SILENT,
    ...changes,
  };
}

suite('an attempt of a step', () => {
  test('knows what was done in its own target, and nothing of others', async () => {
    const seen: ActionContext[] = [];
    const perform = async (context: ActionContext): Promise<ActionResult> => {
      seen.push(context);
      return VERIFIED;
    };
    await runStep(attempt(perform));
    assert.deepEqual(seen[0]?.finished, [{ action: 'resolve-account', subject: null, outcome: 'verified', facts: { userId: 'u1' } }]);
    assert.deepEqual([seen[0]?.facts, seen[0]?.stepId, seen[0]?.repeated], [{ seen: true }, BEFORE.step('files/suspend').id, false]);
    assert.deepEqual(seen[0]?.leavingAccounts, new Set(['u9']));
  });

  test('is told when an earlier one may have reached the target', async () => {
    const again = { ...BEFORE.step('files/suspend'), attempts: 2 };
    const perform = async ({ repeated }: ActionContext): Promise<ActionResult> => ({ ...VERIFIED, facts: { repeated } });
    assert.deepEqual(await runStep(attempt(perform, { step: again })), { ...VERIFIED, facts: { repeated: true } });
  });

  test('that was called off throws, so that nothing is written for it', async () => {
    const off = new AbortController();
    const perform = async (): Promise<never> => {
      off.abort(new Error('the worker stops'));
      throw new Error('the request was aborted');
    };
    await assert.rejects(runStep(attempt(perform, { signal: off.signal })), /the worker stops/);
  });

  test('that fails in a way nobody foresaw is tried again, and says what happened', async () => {
    const perform = async (): Promise<never> => {
      throw new TypeError('undefined is not a function');
    };
    const result = await runStep(attempt(perform));
    assert.ok(result.kind === 'retry-later' && result.error.code === 'internal');
    assert.match(result.error.message, /suspend on files: undefined is not a function/);
  });

  test('that its worker may no longer make is tried again by whoever may', async () => {
    const beforeCall = (): never => {
      throw new LeaverError('conflict', 'This worker was away for too long.');
    };
    const perform = async (context: ActionContext): Promise<ActionResult> => {
      context.beforeCall?.();
      return assert.fail('no call may follow');
    };
    assert.equal((await runStep(attempt(perform, { beforeCall }))).kind, 'retry-later');
  });

  test('on a target that is no longer configured asks a person', async () => {
    const result = await runStep(attempt(async () => VERIFIED, { target: undefined }));
    assert.ok(result.kind === 'refused' && result.error.code === 'configuration');
  });
});
