import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { test } from 'node:test';
import { type OktaUser, oktaDelivery, oktaEvent } from '../../src/sandbox/okta.ts';
import { HOOK_SECRET, startService } from '../support/service.ts';
import { type Answer, type Message, send } from './support/send.ts';

const MAX = 20;

interface Page {
  readonly items: readonly { readonly eventId?: string; readonly disposition?: string; readonly person?: { readonly email: string } }[];
}

test('under a flood of ten times the limit, probes and operators are answered, and all that was accepted is there afterwards', async (t) => {
  // Without a worker: what is stored stays as it was accepted.
  const config = { server: { rateLimit: { max: MAX, windowSeconds: 600 } }, roles: ['api'] };
  const { url, call } = await startService(t, { config });
  const people = Array.from({ length: 10 * MAX }, (_, person) => ({ id: `00u${person}`, login: `person-${person}@example.com` }));
  const tellOf = async (user: OktaUser) => {
    const event = oktaEvent('user.lifecycle.deactivate', user);
    const body = JSON.stringify(oktaDelivery([event], randomUUID(), 'https://acme.okta.com'));
    const hook: Message = { method: 'POST', headers: [['authorization', HOOK_SECRET]], body };
    return { user, event, answer: await send(`${url}/intake/okta/okta-main/events`, hook) };
  };

  const flood = Promise.all(people.map(tellOf));
  const rounds = Array.from(
    { length: 4 },
    async () => await Promise.all(['/livez', '/readyz', '/metrics'].map((path) => send(`${url}${path}`))),
  );
  const operators = Array.from({ length: 4 }, async () => (await call('GET', '/v1/cases')).status);
  assert.deepEqual(new Set((await Promise.all(rounds)).flat().map(({ status }) => status)), new Set([200]));
  assert.deepEqual(new Set(await Promise.all(operators)), new Set([200]));

  const answered = await flood;
  const accepted = answered.filter(({ answer }) => answer.status === 204);
  const refused = answered.filter(({ answer }) => answer.status !== 204).map(({ answer }) => answer);
  assert.equal(accepted.length, MAX);
  assert.deepEqual(new Set(refused.map(({ status }) => status)), new Set([429]));
  assert.deepEqual(refused.filter(saysNotWhen), []);

  const signals = (await call('GET', '/v1/signals?limit=200')).body as Page;
  assert.deepEqual(signals.items.map(({ eventId }) => eventId).toSorted(), accepted.map(({ event }) => event['uuid']).toSorted());
  assert.deepEqual(new Set(signals.items.map(({ disposition }) => disposition)), new Set(['accepted']));
  const cases = (await call('GET', '/v1/cases?limit=200')).body as Page;
  assert.deepEqual(cases.items.map(({ person }) => person?.email).toSorted(), accepted.map(({ user }) => user.login).toSorted());
});

function saysNotWhen({ headers }: Answer): boolean {
  return !(Number(headers['retry-after']) > 0);
}
