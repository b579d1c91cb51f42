import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { CaseView } from '../../src/offboarding/views.ts';
import { makeKey, sign, startIssuer } from '../intake/support/issuer.ts';
import { startService } from '../support/service.ts';
import { keptLog } from '../targets/support/log-lines.ts';

test('an operator who comes in by the OpenID provider opens a case under their name; neither log nor record has their token or address', async (t) => {
  const key = await makeKey('k1');
  const { jwksUri } = await startIssuer(t, key);
  const issuer = new URL(jwksUri).origin;
  const oidc = { issuer, audience: 'api://leaver', jwksUri, claim: 'realm_access.roles', roles: { desk: 'operator' } };
  const { log, lines } = keptLog();
  const service = await startService(t, { log, config: { operators: { oidc }, policy: { protected: ['*@held.example.com'] } } });
  const claims = { iss: issuer, aud: 'api://leaver', sub: 'grace@example.com', exp: Math.floor(Date.now() / 1_000) + 300 };
  const token = await sign(key, { ...claims, realm_access: { roles: ['desk'] } }, { typ: 'at+jwt' });
  const body = { email: 'ada@held.example.com', playbook: 'offboard', reason: 'a test' };

  const { status, body: answer } = await service.call('POST', '/v1/cases', body, token);
  const opened = (answer as { case: CaseView }).case;
  assert.equal(status, 202);
  assert.match(opened.openedBy, /^oidc:grace~[0-9a-f]{8}$/);
  const { body: evidence } = await service.call('GET', `/v1/cases/${opened.id}/evidence`, undefined, token);
  const [written, logged] = [JSON.stringify(evidence), lines.join('')];
  assert.ok(written.includes(opened.openedBy) && logged.includes(opened.openedBy));
  assert.ok(!/grace@/.test(written + logged) && !(written + logged).includes(token.split('.')[2] ?? token));

  const without = await sign(key, { ...claims, realm_access: { roles: ['others'] } }, { typ: 'at+jwt' });
  assert.equal((await service.call('GET', '/v1/cases', undefined, without)).status, 403);
});
