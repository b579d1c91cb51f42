import assert from 'node:assert/strict';
import { test } from 'node:test';
import { renderRedacted } from '../../src/config/config.ts';
import { OPERATOR_EVENTS } from '../../src/notifications/happening.ts';
import { faultsOf, folderWith, load, WEBHOOK_SECRET } from './settings.ts';

const HOOK = 'https://hooks.slack.com/services/T0/B0/marker-slack';
const EVERYTHING = `
notifications:
  smtp: { host: smtp.acme.example, port: 465, secure: true, user: leaver, password: marker-smtp, from: "Leaver <leaver@acme.example>" }
  operators:
    mail: [desk@acme.example]
    slack: { url: "${HOOK}" }
    webhook: { url: "https://ops.acme.example/leaver", secret: ["${WEBHOOK_SECRET}", "whsec_markerWebhookMarkerWebhookMarker0"] }
  events: [case.held, target.down]
  templatesDir: ./templates
  intakeSilentAfterHours: 24
connections:
  - { id: okta-main, kind: okta, intakeSilentAfterHours: 2 }
  - { id: hr, kind: webhook, secrets: ["${WEBHOOK_SECRET}"], intakeSilentAfterHours: 0 }
`;

test('everything about notifications can be set', async () => {
  const { notifications, connections } = await load(EVERYTHING);
  const { smtp, operators, events, templatesDir, intakeSilentAfterHours } = notifications;
  assert.deepEqual([smtp?.port, smtp?.secure, smtp?.password?.reveal()], [465, true, 'marker-smtp']);
  assert.deepEqual([operators.mail, operators.slack?.url.reveal(), operators.webhook?.secret.length], [['desk@acme.example'], HOOK, 2]);
  assert.deepEqual([events, templatesDir, intakeSilentAfterHours], [['case.held', 'target.down'], '/etc/leaver/templates', 24]);
  assert.deepEqual(
    connections.map((connection) => connection.intakeSilentAfterHours),
    [2, 0],
  );
});

test('the events that can be chosen are those that operators are told of, and all of them are chosen where nothing is said', async () => {
  assert.deepEqual((await load('')).notifications.events, OPERATOR_EVENTS);
  const all = await load(`notifications: { events: [${OPERATOR_EVENTS.join(', ')}] }`);
  assert.deepEqual(all.notifications.events, OPERATOR_EVENTS);
});

test('passwords, the address of the Slack hook and signing secrets can be files, and are never printed', async (t) => {
  const folder = await folderWith(t, { password: 'marker-smtp\n', hook: HOOK, key: WEBHOOK_SECRET });
  const text = `
notifications:
  smtp: { host: smtp.acme.example, user: leaver, password: { file: password }, from: leaver@acme.example }
  operators: { slack: { url: { file: hook } }, webhook: { url: "https://ops.acme.example", secret: { file: key } } }
`;
  const config = await load(text, {}, folder);
  assert.equal(config.notifications.operators.slack?.url.reveal(), HOOK);
  assert.deepEqual(
    config.notifications.operators.webhook?.secret.map((one) => one.reveal()),
    [WEBHOOK_SECRET],
  );
  for (const printed of [renderRedacted(config), renderRedacted(await load(EVERYTHING)), JSON.stringify(config)]) {
    assert.doesNotMatch(printed, /marker|whsec_|hooks\.slack\.com|ops\.acme/);
  }
});

test('a server on this machine need not offer TLS; every other must, unless it is said, and never for a password', async () => {
  const requireTls = async (smtp: string) =>
    (await load(`notifications: { smtp: { ${smtp}, from: a@b.example } }`)).notifications.smtp?.requireTls;
  assert.deepEqual(
    [await requireTls('host: 127.0.0.1'), await requireTls('host: smtp.acme.example'), await requireTls('host: relay, requireTls: false')],
    [false, true, false],
  );
  const faults = await faultsOf(
    'notifications: { smtp: { host: relay, requireTls: false, user: u, password: marker-p, from: a@b.example } }',
  );
  assert.deepEqual(faults, [
    'notifications.smtp.requireTls (line 1): would send the password without encryption; leave requireTls at true, or write secure: true',
  ]);
});

test('what is wrong is named, with what would be right, and without the value', async () => {
  const faults = await faultsOf(`
notifications:
  smtp: { host: smtp.acme.example, user: marker-user, from: "Leaver <not an address>" }
  operators:
    mail: [marker at acme]
    slack: { url: "http://hooks.example.com/marker" }
    webhook: { url: "http://ops.acme.example/marker", secret: marker-too-short }
  events: [case.closed]
  intakeSilentAfterHours: -1
  email: x
`);
  const told = faults.join('\n');
  assert.match(
    told,
    /notifications\.smtp\.from .*is not the address of a sender; write leaver@example\.com, or Leaver <leaver@example\.com>/,
  );
  assert.match(told, /notifications\.operators\.mail\[0\] .*is not an address; write it-desk@example\.com/);
  assert.match(told, /notifications\.operators\.slack\.url .*is not the address of a webhook; write the https address/);
  assert.match(told, /notifications\.operators\.webhook\.url .*is not the address of a webhook; write the https address/);
  assert.match(told, /notifications\.operators\.webhook\.secret .*is not a Standard Webhooks secret; write whsec_/);
  assert.match(told, /notifications\.events\[0\] .*is not known here; write one of case\.held, case\.attention/);
  assert.match(told, /notifications\.intakeSilentAfterHours .*write a whole number from 0 to 8760/);
  assert.match(told, /notifications\.email .*is not a setting/);
  assert.doesNotMatch(told, /marker/);
});

test('a password without a user, and addresses without a mail server, are faults', async () => {
  assert.deepEqual(await faultsOf('notifications: { smtp: { host: smtp.acme.example, password: p, from: a@b.example } }'), [
    'notifications.smtp (line 1): has only one of user and password; write both, or neither',
  ]);
  assert.deepEqual(await faultsOf('notifications: { operators: { mail: [a@b.example] } }'), [
    'notifications.operators.mail (line 1): is there, but no mail server; write notifications.smtp, or take the addresses out',
  ]);
});
