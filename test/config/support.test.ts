import assert from 'node:assert/strict';
import { test } from 'node:test';
import { unsupported } from '../../src/config/config.ts';
import { EVERYTHING, EVERYTHING_ENV, FASTIO, load } from './settings.ts';

test('whatever this version does not do is told', async () => {
  assert.deepEqual(unsupported(await load(EVERYTHING, EVERYTHING_ENV)), {
    warnings: [
      'connections[1] (entra-main): graph.tenantId is a domain, so notifications that carry validation tokens are refused; write the id of the tenant',
    ],
  });
});

test('Okta event hooks, webhooks and each kind of target are what this version does', async () => {
  const okta = '{ id: o, kind: okta, eventHook: { secrets: [a] } }';
  const hr = '{ id: hr, kind: webhook, secrets: [whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw] }';
  const flashback =
    '  - { id: fb, kind: flashback, baseUrl: "https://flashback.example.com", token: t, refreshToken: r, fallbackOwnerId: u-2 }';
  const live = '  - { id: live, kind: fastio-live, baseUrl: "https://api.fast.io/current/", token: t, orgId: "1", fallbackOwnerId: "2" }';
  const config = await load(`${FASTIO}\n${flashback}\n${live}\nconnections: [${okta}, ${hr}]`);
  assert.deepEqual(unsupported(config), { warnings: [] });
});
