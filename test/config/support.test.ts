import assert from 'node:assert/strict';
import { test } from 'node:test';
import { unsupported } from '../../src/config/config.ts';
import { EVERYTHING, EVERYTHING_ENV, FASTIO, load } from './settings.ts';

test('everything that this version does not do is told, what would be dangerous as a refusal', async () => {
  assert.deepEqual(unsupported(await load(EVERYTHING, EVERYTHING_ENV)), {
    refused: [
      'connections[0] (okta-main): this version cannot read people back from Okta, so irreversible steps would go ahead unconfirmed; remove api, or set policy.confirm to never',
      'connections[1] (entra-main): this version cannot read people back from Entra, so irreversible steps would go ahead unconfirmed; remove graph, or set policy.confirm to never',
      'targets[1] (flashback): this version cannot take people out of Flashback; remove the target, or nobody would be removed there',
    ],
    warnings: [
      'connections[0] (okta-main): this version does not listen to Universal Logout; the routes answer 404',
      'connections[0] (okta-main): this version does not listen to SCIM; the routes answer 404',
      'connections[1] (entra-main): this version does not listen to Entra; the routes answer 404',
      'connections[2] (signals): this version does not listen to Shared Signals; the routes answer 404',
    ],
  });
});

test('a reader may stay where nothing is to be confirmed', async () => {
  const config = await load(EVERYTHING.replace('confirm: auto', 'confirm: never'), EVERYTHING_ENV);
  const { refused, warnings } = unsupported(config);
  assert.deepEqual(refused.length, 1);
  assert.ok(warnings.includes('connections[0] (okta-main): this version cannot read people back from Okta; api is not used'));
});

test('a live Fastio is refused', async () => {
  const { refused } = unsupported(await load(FASTIO.replace('kind: fastio', 'kind: fastio-live')));
  assert.deepEqual(refused, [
    'targets[0] (fastio): this version cannot take people out of the live Fastio; remove the target, or nobody would be removed there',
  ]);
});

test('Okta event hooks, webhooks and Fastio are what this version does', async () => {
  const okta = '{ id: o, kind: okta, eventHook: { secrets: [a] } }';
  const hr = '{ id: hr, kind: webhook, secrets: [whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw] }';
  const config = await load(`${FASTIO}\nconnections: [${okta}, ${hr}]`);
  assert.deepEqual(unsupported(config), { refused: [], warnings: [] });
});
