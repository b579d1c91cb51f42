import assert from 'node:assert/strict';
import { test } from 'node:test';
import { judge } from '../../../src/intake/entra-graph/judge.ts';
import { parseNotifications } from '../../../src/intake/entra-graph/parse.ts';
import { type Fixture, fixture } from './graph-server.ts';

const SHA = 'ab'.repeat(32);

/** What the body comes to for a connection with this client state. */
function judged(body: unknown, clientState: string, tenantId = 'acme.example') {
  const { items } = parseNotifications(body);
  return judge(items, { connection: 'entra-main', clientStates: [clientState], tenantId, bodySha256: SHA, meanings: {} }, null);
}

test('the published update of a user, which carries no clientState, is refused and never read back', async () => {
  const { body } = await fixture('notification-user-updated-basic');
  const { signals, readBacks } = judged(body, 'a-secret');
  assert.deepEqual(readBacks, []);
  const [only] = signals;
  assert.deepEqual([signals.length, only?.isRefused, only?.kind, only?.subject], [1, true, 'updated', null]);
});

test('the same update with its clientState asks for the user to be read back, and is no signal by itself', async () => {
  const { body } = await fixture('notification-user-updated-basic');
  const value = body.value.map((item) => ({ ...item, clientState: 'a-secret' }));
  assert.deepEqual(judged({ value }, 'a-secret'), { signals: [], readBacks: ['87d349ed-44d7-43e1-9a83-5f2406dee5bd'], lifecycle: [] });
});

test('the documented shape, which is about a mail, is recorded and ignored', async () => {
  const { body } = await fixture('notification-basic-documented-shape');
  const { signals, readBacks } = judged(body, 'secretClientValue');
  assert.deepEqual(readBacks, []);
  assert.deepEqual(
    signals.map(({ kind, meaning, eventId, note, isRefused }) => [kind, meaning, eventId, note, isRefused]),
    [['created', 'ignore', 'other lsgTZMr9KwAAA', 'the notification is not about a user', undefined]],
  );
});

test('the permanent deletion, as Event Grid carries it, is a leaver by the id, at the time of the event', async () => {
  const { data } = await fixture<{ data: Record<string, unknown> }>('eventgrid-user-deleted');
  const { signals } = judged({ value: [data] }, '<guid>');
  assert.deepEqual(
    signals.map(({ kind, meaning, subject, eventId, occurredAt }) => [kind, meaning, subject, eventId, occurredAt?.toISOString()]),
    [['deleted', 'offboard', { id: '<user-id>', email: null, name: null }, 'deleted <user-id>', '2022-05-24T22:24:31.306Z']],
  );
});

test('the CloudEvent around it is no notification of Graph', async () => {
  assert.throws(() => judged(null, 'x'), /not a notification of Microsoft Graph/);
  const event = await fixture<object>('eventgrid-user-deleted');
  assert.throws(() => judged(event, '<guid>'), /not a notification of Microsoft Graph/);
});

test('the published lifecycle notification asks for the renewal of its subscription', async () => {
  const { body } = await fixture('lifecycle-reauthorization-required');
  const { signals, lifecycle, readBacks } = judged(body, '<secretClientState>');
  assert.deepEqual([lifecycle, readBacks], [[{ event: 'reauthorizationRequired', subscriptionId: '<subscription_guid>' }], []]);
  assert.deepEqual(
    signals.map(({ kind, meaning }) => [kind, meaning]),
    [['lifecycle.reauthorizationRequired', 'ignore']],
  );
});

test('a lifecycle notification as it was really seen, with organizationId and an empty resource, is one too', () => {
  const item = {
    subscriptionId: 's-1',
    clientState: 'x',
    organizationId: 'o',
    resource: '',
    sequenceNumber: null,
    lifecycleEvent: 'missed',
  };
  assert.deepEqual(judged({ value: [item] }, 'x').lifecycle, [{ event: 'missed', subscriptionId: 's-1' }]);
});

for (const name of [
  'lifecycle-workflow-callout-schema',
  'lifecycle-workflow-resume',
  'users-delta-removed',
  'validation-token-claims-v1',
]) {
  test(`${name}, which comes over another way, is no notification`, async () => {
    const raw = await fixture<Record<string, unknown> & Partial<Fixture>>(name);
    const body = raw.body ?? raw;
    const isList = Array.isArray((body as { value?: unknown }).value);
    if (!isList) assert.throws(() => judged(body, 'x'), /not a notification/);
    else assert.deepEqual(judged(body, 'x').readBacks, []);
  });
}

const VARIANTS: ReadonlyArray<readonly [what: string, item: Record<string, unknown>, readBacks: readonly string[]]> = [
  ['a resource in small letters', { resource: 'users/u1', resourceData: { id: 'u1' } }, ['u1']],
  ['a resource with a slash before it', { resource: '/Users/u1', resourceData: { id: 'u1' } }, ['u1']],
  ['a wrong type beside it', { resource: 'Users/u1', resourceData: { '@odata.type': '#Microsoft.Graph.Message', id: 'u1' } }, ['u1']],
  ['other keys for the type', { resource: 'Users/u1', resourceData: { '#odata.type': 'x', id: 'u1' } }, ['u1']],
  ['no resource data', { resource: 'Users/u1' }, ['u1']],
  ['resource data that is no object', { resource: 'Users/u1', resourceData: 7 }, ['u1']],
  ['an id in other capitals', { resource: 'Users/AB-1', resourceData: { id: 'ab-1' } }, ['ab-1']],
  ['two different users', { resource: 'Users/u1', resourceData: { id: 'u2' } }, []],
  ['the manager of a user', { resource: 'Users/u1/manager', resourceData: { id: 'u1' } }, []],
  ['a group', { resource: 'Groups/g1', resourceData: { id: 'g1' } }, []],
  ['no user at all', { resource: 'Users/' }, []],
];

for (const [what, item, readBacks] of VARIANTS) {
  test(`an update with ${what} ${readBacks.length > 0 ? 'reads its user back' : 'reads nobody back'}`, () => {
    const result = judged({ value: [{ clientState: 'x', changeType: 'updated', ...item }] }, 'x');
    assert.deepEqual(result.readBacks, readBacks);
    assert.equal(result.signals.length, readBacks.length > 0 ? 0 : 1);
  });
}

test('many updates of one user are one reading', () => {
  const item = { clientState: 'x', changeType: 'updated', resource: 'Users/u1' };
  assert.deepEqual(judged({ value: [item, item, { ...item, resource: 'users/u2' }] }, 'x').readBacks, ['u1', 'u2']);
});
