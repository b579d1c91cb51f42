import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import path from 'node:path';
import { test } from 'node:test';
import { type AuditReport, verdictOn } from '../../.ci/audit-verdict.ts';
import { undo } from '../support/undo.ts';

const ROOT = path.join(import.meta.dirname, '..', '..');
const HOLE = { id: 1, url: 'https://advisories.example.com/1', title: 'A made-up hole', severity: 'high', vulnerable_versions: '*' };

const found = (severity: string): AuditReport => ({ metadata: {}, vulnerabilities: { fastify: { severity, via: [HOLE, 'find-my-way'] } } });

test('the audit passes when nothing is known, or nothing serious, and fails for a hole that is high or critical', () => {
  assert.deepEqual(verdictOn({ metadata: {}, vulnerabilities: {} }, true).passed, true);
  assert.deepEqual(
    ['info', 'low', 'moderate', 'high', 'critical'].map((severity) => verdictOn(found(severity), false).passed),
    [true, true, true, false, false],
  );
  assert.equal(verdictOn(found('high'), false).lines[0], 'fastify: high: A made-up hole; by find-my-way');
  assert.match(verdictOn(found('low'), false).lines[0] ?? '', /^0 packages with serious holes, 1 with lesser ones/);
});

test('where the registry keeps no advisories the audit says that nothing was checked, and fails only where it is required', () => {
  const report = { message: '405 Method Not Allowed - POST https://registry.example.com/-/npm/v1/security/advisories/bulk' };
  assert.deepEqual([verdictOn(report, false).passed, verdictOn(report, true).passed], [true, false]);
  assert.match(verdictOn(report, false).lines.join(), /^NOT CHECKED.*405/);
});

test('npm’s own report of a hole in a package of production fails the audit', { timeout: 60_000 }, async (t) => {
  const server = createServer((request, response) => {
    request.resume();
    const body = request.method === 'POST' ? { fastify: [HOLE], typescript: [HOLE] } : {};
    response.writeHead(request.method === 'POST' ? 200 : 404, { 'content-type': 'application/json' }).end(JSON.stringify(body));
  });
  await once(server.listen(0, '127.0.0.1'), 'listening');
  undo(t, async () => void server.close().closeAllConnections());
  const registry = `http://127.0.0.1:${(server.address() as AddressInfo).port}/`;
  const env = { ...process.env, npm_config_registry: registry, npm_config_fetch_retries: '0' };
  const { code, out } = await new Promise<{ code: unknown; out: string }>((resolve) => {
    execFile(process.execPath, [path.join(ROOT, '.ci', 'audit.ts')], { cwd: ROOT, env }, (error, printed) => {
      resolve({ code: error?.code, out: printed });
    });
  });
  assert.equal(code, 1);
  assert.match(out, /fastify: high: A made-up hole/);
  assert.doesNotMatch(out, /typescript/, 'what only developers use is not looked at');
});
