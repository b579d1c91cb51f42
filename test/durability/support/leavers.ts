import assert from 'node:assert/strict';
import type { TestContext } from 'node:test';
import type { FastioOptions, FastioSandbox } from '../../../src/sandbox/fastio/fastio.ts';
import { startFastio } from '../../../src/sandbox/fastio/fastio.ts';
import { createOkta, type OktaEvent, oktaEvent } from '../../../src/sandbox/okta.ts';
import { HOOK_SECRET, SUCCESSOR_ID } from '../../support/service.ts';
import { undo } from '../../support/undo.ts';

const SUCCESSOR_EMAIL = 'successor@example.com';

/** Somebody with one of everything and two workspaces. */
export interface Leaver {
  readonly email: string;
  readonly userId: string;
  /** What their identity provider says, each time with the same words. */
  readonly departure: OktaEvent;
  /** What the calls of the case are about, by names that are the same for every leaver. */
  readonly subjects: ReadonlyMap<string, string>;
}

/** A Fastio with a successor, and somebody who stays and has a webhook. */
export async function openOrganization(t: TestContext, options: FastioOptions = {}): Promise<FastioSandbox> {
  const fastio = await startFastio(options);
  undo(t, async () => await fastio.close());
  fastio.scenario.addUser({ id: SUCCESSOR_ID, email: SUCCESSOR_EMAIL });
  fastio.scenario.addWebhook({ userId: SUCCESSOR_ID });
  return fastio;
}

export function addLeaver({ scenario, expectLeaver, users }: FastioSandbox): Leaver {
  const email = `leaver${users.size}@example.com`;
  const { id: userId } = scenario.addUser({ email, sessions: 2, locks: 1, tokens: 2 });
  const [one, two] = ['one', 'two'].map((name) => scenario.addWorkspace({ ownerId: userId, name }).id) as [string, string];
  const { id: webhook } = scenario.addWebhook({ userId });
  expectLeaver(userId);
  const subjects = new Map([
    ['the leaver', userId],
    ['their e-mail', email],
    ['workspace one', one],
    ['workspace two', two],
    ['their webhook', webhook],
    ['the successor', SUCCESSOR_ID],
    ["the successor's e-mail", SUCCESSOR_EMAIL],
  ]);
  return { email, userId, departure: oktaEvent('user.lifecycle.deactivate', { id: `00u${userId}`, login: email }), subjects };
}

/** Lets Okta tell the service that they have left; resolves with the status of its answer. */
export async function tellOf({ departure }: Leaver, serviceUrl: string): Promise<number | 'timeout' | 'unreachable'> {
  const okta = createOkta({ hookUrl: `${serviceUrl}/intake/okta/okta-main/events`, secret: HOOK_SECRET });
  try {
    return (await okta.deliver([departure])).status;
  } finally {
    await okta.close();
  }
}

export async function announce(leaver: Leaver, serviceUrl: string): Promise<void> {
  assert.equal(await tellOf(leaver, serviceUrl), 204, leaver.email);
}
