import assert from 'node:assert/strict';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TestContext } from 'node:test';
import { type Config, parseConfig, type Variables } from '../../src/config/config.ts';
import { LeaverError } from '../../src/kernel/errors.ts';

/** Loads the text as if it were the file `/etc/leaver/leaver.yaml`. */
export async function load(text: string, env: Variables = {}, folder = '/etc/leaver'): Promise<Config> {
  return await parseConfig({ text, env, path: join(folder, 'leaver.yaml') });
}

/** The error that the text is refused with. */
export async function refusal(text: string, env: Variables = {}, folder?: string): Promise<LeaverError> {
  const error = await load(text, env, folder).then(
    () => assert.fail('the configuration was accepted'),
    (reason: unknown) => reason,
  );
  assert.ok(error instanceof LeaverError, String(error));
  assert.equal(error.code, 'configuration');
  return error;
}

/** The faults that the text is refused with, as an operator reads them. */
export async function faultsOf(text: string, env: Variables = {}, folder?: string): Promise<string[]> {
  const { message } = await refusal(text, env, folder);
  const [head, ...lines] = message.split('\n');
  assert.match(head ?? '', /^The configuration \/.*leaver\.yaml has (one fault|\d+ faults):$/);
  return lines.map((line) => line.replace(/^ {2}/, ''));
}

/** A folder with the given files, gone when the test ends. */
export async function folderWith(context: TestContext, files: Readonly<Record<string, string>>): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'leaver-config-'));
  context.after(() => rm(folder, { recursive: true }));
  await Promise.all(Object.entries(files).map(([name, text]) => writeFile(join(folder, name), text)));
  return folder;
}

/** The one of the published vector: any other of this form would do. */
export const WEBHOOK_SECRET = 'whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw';

export const FASTIO = `
targets:
  - id: fastio
    kind: fastio
    baseUrl: https://fastio.example.com/api
    token: a-token
    orgId: org-1
    fallbackOwnerId: u-1
`;

/** Every setting of the contract, with a marker in the place of each secret and `\${NAME}` where the contract has one. */
export const EVERYTHING = `
server:   { host: 127.0.0.1, port: 8080, publicUrl: "https://leaver.example.com", trustProxy: false, rateLimit: { max: 6000, windowSeconds: 60 } }
roles:    [api, worker]
database: { url: "\${DATABASE_URL:-}" }
dataDir:  ./data
operators:
  tokens: [ { name: it-desk, role: operator, sha256: "${'ab'.repeat(32)}" } ]
connections:
  - id: okta-main
    kind: okta
    eventHook: { secrets: ["\${OKTA_HOOK_SECRET}"] }
    universalLogout: { issuer: "https://acme.okta.com", audience: "https://leaver.example.com/intake/okta/okta-main/revocation", jwksUri: "https://acme.okta.com/oauth2/v1/keys" }
    scim: { tokens: ["\${OKTA_SCIM_TOKEN}"] }
    api:  { baseUrl: "https://acme.okta.com", token: "marker-okta-api" }
  - id: entra-main
    kind: entra
    scim:  { tokens: ["marker-entra-scim"], entraJwt: { issuer: "https://sts.windows.net/tenant/", audience: "api://leaver", jwksUri: "https://login.microsoftonline.com/common/discovery/keys" } }
    graph: { clientState: "marker-client-state", tenantId: "acme.onmicrosoft.com", clientId: "client", clientSecret: "marker-client-secret", baseUrl: "https://graph.microsoft.com/v1.0", tokenUrl: "https://login.microsoftonline.com/acme/oauth2/v2.0/token" }
  - id: signals
    kind: ssf
    issuer: "https://transmitter.example.com"
    audience: "https://leaver.example.com"
    jwksUri: "https://transmitter.example.com/jwks.json"
    bearer: ["Bearer marker-push-stream"]
  - id: hr
    kind: webhook
    secrets: ["whsec_markerWebhookMarkerWebhookMarker0"]
    toleranceSeconds: 300
    mapping: { type: type, email: data.email, effectiveAt: data.effectiveAt, left: ["employee.terminated"], contain: ["employee.suspended"], back: ["employee.rehired"] }
targets:
  - { id: fastio,    kind: fastio,    baseUrl: "https://fastio.example.com", token: "marker-fastio", orgId: "org-1", fallbackOwnerId: "u-1" }
  - { id: flashback, kind: flashback, baseUrl: "https://flashback.example.com", token: "marker-flashback", fallbackOwnerId: "u-2", removeFromOrganization: true }
policy:
  graceSeconds: 0
  confirm: auto
  protected: ["ceo@acme.com", "*@breakglass.acme.com"]
  signals: { "user.lifecycle.suspend": contain }
http:
  timeoutMs: 10000
  retry: { attempts: 5, minDelayMs: 200, maxDelayMs: 30000 }
ledger: { checkpointEntries: 1000, checkpointSeconds: 300, checkSeconds: 60, retentionDays: 400 }
`;

export const EVERYTHING_ENV: Variables = {
  OKTA_HOOK_SECRET: 'marker-okta-hook',
  OKTA_SCIM_TOKEN: 'marker-okta-scim',
  DATABASE_URL: 'postgresql://leaver:marker-database@db.example.com:5432/leaver?sslmode=require&password=marker-parameter',
};
