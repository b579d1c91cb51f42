import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { test } from 'node:test';
import { parse } from 'yaml';
import { z } from 'zod';
import { configSchema } from '../../src/config/schema.ts';
import { EVENTS, OPERATOR_EVENTS } from '../../src/notifications/happening.ts';
import { readTemplates } from '../../src/notifications/templates.ts';
import { viewOf } from '../../src/notifications/view.ts';
import { load } from '../config/settings.ts';
import { tableOf } from '../intake/support/markdown.ts';
import { ALL } from './support/happenings.ts';

const PAGE = 'notifications.md';

async function text(): Promise<string> {
  return await readFile(path.join(import.meta.dirname, '..', '..', 'docs', PAGE), 'utf8');
}

/** Every setting under `notifications`, by its path. */
function settingsIn(schema: unknown, at: string): string[] {
  const { properties } = schema as { properties?: Record<string, unknown> };
  return properties ? Object.entries(properties).flatMap(([key, value]) => settingsIn(value, `${at}.${key}`)) : [at];
}

test('the page lists every event that is told, and no other', async () => {
  const rows = await tableOf(PAGE, 'event', 'who is told', 'when', 'what it asks for');
  assert.deepEqual(
    rows.map(([event]) => event),
    EVENTS,
  );
  assert.deepEqual(
    rows.filter(([, who]) => who === 'operators').map(([event]) => event),
    OPERATOR_EVENTS,
  );
});

test('the page lists every setting, and no other', async () => {
  const schema = z.toJSONSchema(configSchema, { io: 'input', unrepresentable: 'any' }) as { properties: Record<string, unknown> };
  const rows = await tableOf(PAGE, 'setting', 'default', '');
  const listed = rows.map(([setting]) => setting).filter((setting) => setting?.startsWith('notifications.'));
  assert.deepEqual(listed.sort(), settingsIn(schema.properties['notifications'], 'notifications').sort());
  assert.ok(rows.some(([setting]) => setting === 'connections[].intakeSilentAfterHours'));
});

test('the example on the page is a configuration', async () => {
  const yaml = /```yaml\n([\s\S]*?)```/.exec(await text())?.[1] ?? '';
  const withoutFiles = yaml.replace(/\{ file: \/run\/secrets\/([a-z-]+) \}/g, (_, name) =>
    name === 'slack-hook' ? '"https://hooks.slack.com/services/T/B/x"' : '"whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"',
  );
  const { notifications } = await load(withoutFiles);
  assert.deepEqual(notifications.operators.mail, ['it-desk@acme.example']);
  assert.equal(Object.keys(parse(yaml).notifications).length, Object.keys(notifications).length);
});

test('the page lists every name that a template can use, and no other', async () => {
  const rows = await tableOf(PAGE, 'event', 'names');
  const listed = new Map(rows.map(([event = '', names = '']) => [event, names.match(/\w+/g)?.sort()]));
  for (const happened of ALL) {
    const view = viewOf(happened);
    const inLists = Object.values(view).flatMap((value) => (Array.isArray(value) ? Object.keys(value[0] ?? {}) : []));
    assert.deepEqual(listed.get(happened.event), [...Object.keys(view), ...inLists].sort(), happened.event);
  }
  assert.equal(Object.keys(await readTemplates(null)).length, rows.length);
});
