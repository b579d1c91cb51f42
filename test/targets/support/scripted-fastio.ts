import type { TestContext } from 'node:test';
import { chooseSuccessor } from '../../../src/directory/successor.ts';
import { createFastioTarget } from '../../../src/targets/fastio/fastio.ts';
import type { ActionContext, ActionResult, FinishedStep } from '../../../src/targets/target.ts';
import { keptLog } from './log-lines.ts';
import { movingClock } from './moving-clock.ts';
import { answer, type Scene, type Seen, scriptedServer } from './scripted-server.ts';

const LEE: FinishedStep = { action: 'resolve-account', subject: null, outcome: 'verified', facts: { userId: 'lee', status: 'active' } };

/** Runs one action for the account `lee` against a server that plays these scenes. */
export async function performAgainst(
  t: TestContext,
  scenes: readonly Scene[],
  action: string,
  context: Partial<ActionContext> = {},
): Promise<{ result: ActionResult; seen: readonly Seen[]; lines: readonly string[] }> {
  const { url, seen } = await scriptedServer(t, scenes);
  const { log, lines } = keptLog();
  const target = createFastioTarget({
    id: 'fastio',
    baseUrl: url,
    token: 'tok-5a4b3c2d1e',
    orgId: 'org-1',
    fallbackOwnerId: 'sue',
    http: { timeoutMs: 300, retry: { attempts: 1, minDelayMs: 1, maxDelayMs: 10 } },
    clock: movingClock(),
    log,
    chooseSuccessor,
  });
  t.after(() => target.close());
  const result = await target.perform(action, {
    person: { email: 'lee@example.com', name: null },
    stepId: 'step-1',
    subject: null,
    facts: {},
    repeated: false,
    finished: [LEE],
    leavingAccounts: new Set(),
    signal: new AbortController().signal,
    ...context,
  });
  return { result, seen, lines };
}

/** One page of a list. */
export function pageOf(name: string, rows: readonly object[], { total = rows.length, has_more = false } = {}): Scene {
  return answer(200, { [name]: rows, pagination: { total, limit: 100, offset: 0, has_more } });
}

export function memberRow(user_id: string, status = 'active') {
  return { user_id, email: `${user_id}@example.com`, name: null, role: 'member', status };
}

export function workspaceRow(id: string, owner_id = 'lee') {
  return { id, name: id, owner_id, storage_bytes: 1 };
}
