import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parse } from 'yaml';
import { OPERATOR_TOKEN, sha256, startService, type TestService, VIEWER_TOKEN } from '../support/service.ts';

const ADMIN_TOKEN = 'admin-token-of-the-tests';

interface Call {
  /** As it stands in the description of the API. */
  readonly route: string;
  readonly needs: 'viewer' | 'operator' | 'admin';
  /** The state of the case that `{id}` is. */
  readonly of?: 'held' | 'attention' | 'completed' | 'handed-over' | 'erased';
  readonly body?: unknown;
}

const reason = { reason: 'a test' };

const CALLS: readonly Call[] = [
  { route: 'POST /v1/cases', needs: 'operator', body: { email: 'new@example.com', playbook: 'contain', ...reason } },
  { route: 'GET /v1/cases', needs: 'viewer' },
  { route: 'GET /v1/cases/{id}', needs: 'viewer', of: 'completed' },
  { route: 'POST /v1/cases/{id}/approve', needs: 'operator', of: 'held', body: reason },
  { route: 'POST /v1/cases/{id}/retry', needs: 'operator', of: 'attention', body: reason },
  { route: 'POST /v1/cases/{id}/cancel', needs: 'operator', of: 'held', body: reason },
  { route: 'POST /v1/cases/{id}/reverse', needs: 'operator', of: 'handed-over', body: reason },
  { route: 'GET /v1/cases/{id}/stream', needs: 'viewer', of: 'completed' },
  { route: 'GET /v1/cases/{id}/evidence', needs: 'viewer', of: 'completed' },
  { route: 'GET /v1/signals', needs: 'viewer' },
  { route: 'GET /v1/targets', needs: 'viewer' },
  { route: 'GET /v1/connections', needs: 'viewer' },
  { route: 'GET /v1/ledger/checkpoint', needs: 'viewer' },
  { route: 'POST /v1/ledger/key/rotate', needs: 'admin', body: reason },
  { route: 'POST /v1/erasures', needs: 'admin', of: 'erased', body: { email: 'somebody@erased.example.com', ...reason } },
];

const CALLERS = [
  { name: 'nobody', token: '', role: null },
  { name: 'a token that nobody has', token: `${OPERATOR_TOKEN}x`, role: null },
  { name: 'the hash of a token', token: sha256(OPERATOR_TOKEN), role: null },
  { name: 'a viewer', token: VIEWER_TOKEN, role: 'viewer' },
  { name: 'an operator', token: OPERATOR_TOKEN, role: 'operator' },
  { name: 'an admin', token: ADMIN_TOKEN, role: 'admin' },
] as const;

function expected(role: (typeof CALLERS)[number]['role'], needs: Call['needs']): 401 | 403 | 200 {
  if (role === null) {
    return 401;
  }
  const ranks = ['viewer', 'operator', 'admin'];
  return ranks.indexOf(role) < ranks.indexOf(needs) ? 403 : 200;
}

/** Somebody whose workspace can be handed over, and whom the target refuses to remove. */
function handOverButKeep({ fastio }: TestService, email: string): void {
  const { id } = fastio.scenario.addUser({ email });
  fastio.scenario.addWorkspace({ ownerId: id, name: 'theirs' });
  fastio.fail({ call: 'remove', subject: id }, { status: 403 }, { times: Number.POSITIVE_INFINITY });
}

test('who may call what', async (t) => {
  const tokens = [
    { name: 'it-desk', role: 'operator', sha256: sha256(OPERATOR_TOKEN) },
    { name: 'auditor', role: 'viewer', sha256: sha256(VIEWER_TOKEN) },
    { name: 'chief', role: 'admin', sha256: sha256(ADMIN_TOKEN) },
  ];
  const service = await startService(t, { config: { operators: { tokens }, policy: { protected: ['*@held.example.com'] } } });
  service.fastio.scenario.addUser({ email: 'somebody@completed.example.com' });
  const ids = new Map<string, string>();
  const caseOf = async (kind: NonNullable<Call['of']>, asker: string): Promise<string> => {
    // Whoever answers a case takes it out of its state: each of them has one of their own.
    const isAnswered = kind === 'held' || kind === 'handed-over';
    const email = `${isAnswered ? asker.replaceAll(/[^a-z]+/g, '-') : 'somebody'}@${kind}.example.com`;
    if (!ids.has(email)) {
      if (kind === 'handed-over') {
        handOverButKeep(service, email);
      }
      if (kind === 'erased') {
        service.fastio.scenario.addUser({ email });
      }
      await service.call('POST', '/v1/cases', { email, playbook: 'offboard', ...reason });
      const state = kind === 'handed-over' ? 'attention' : kind === 'erased' ? 'completed' : kind;
      ids.set(email, (await service.untilState(email, state)).id);
    }
    return ids.get(email) ?? '';
  };

  for (const { name, token, role } of CALLERS) {
    for (const { route, needs, of, body } of CALLS) {
      const status = expected(role, needs);
      await t.test(`${name} who calls ${route} gets ${status === 200 ? 'an answer' : status}`, async () => {
        const id = of === undefined ? '' : await caseOf(of, `${name} ${route.toLowerCase()}`);
        const [method = '', path = ''] = route.replace('{id}', id).split(' ');
        const answer = await service.call(method, path, body, token);
        assert.equal(status === 200 ? Math.floor(answer.status / 100) : answer.status, status === 200 ? 2 : status);
        assert.equal(answer.headers.get('www-authenticate') !== null, status === 401);
      });
    }
  }

  await t.test('no other route under /v1 is described than those of this table', () => {
    const { paths } = parse(service.app.openapi()) as { paths: Record<string, Record<string, unknown>> };
    const described = Object.entries(paths).flatMap(([path, methods]) =>
      path.startsWith('/v1/') ? Object.keys(methods).map((method) => `${method.toUpperCase()} ${path}`) : [],
    );
    assert.deepEqual(described.sort(), CALLS.map(({ route }) => route).sort());
  });
});
