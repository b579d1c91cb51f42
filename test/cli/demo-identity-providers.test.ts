import { test } from 'node:test';
import { assertShown } from './demo-transcript.ts';

test('Entra provisions people over SCIM, disables one of them, and they are taken out', { timeout: 60_000 }, async (t) => {
  const lines = [
    /the connection was tested, and 3 people are provisioned, one with a manager/,
    / entra +SCIM PATCH, active "False" +200: /,
    /✓ heard +scim\.user\.deactivated over scim,/,
  ];
  await assertShown(t, { channel: 'scim', lines });
});

test('Okta provisions people over SCIM, unassigns one of them, and they are taken out', { timeout: 60_000 }, async (t) => {
  const lines = [
    /3 people are provisioned, one with a manager/,
    / okta +SCIM PUT, active false +200: /,
    /✓ heard +scim\.user\.deactivated over scim,/,
  ];
  await assertShown(t, { channel: 'scim', provider: 'okta', lines });
});

test('Leaver subscribes at Graph, is told of a change, reads it back, and has the departure confirmed before anything is hard to reverse', {
  timeout: 60_000,
}, async (t) => {
  const lines = [
    /gave the validation token of Graph's handshake back/,
    /subscribed to users \(updated,deleted\)/,
    / entra +notification: updated +202: /,
    / entra +GET \/v1\.0\/users\/\{id\} at Graph +disabled/,
    / entra +confirm-departure +verified /,
    / fastio +remove-member +verified /,
    /✓ heard +updated over entra-graph,/,
    /✓ confirmed +entra itself says so \(accountEnabled false\)/,
  ];
  await assertShown(t, { channel: 'graph', lines });
});
