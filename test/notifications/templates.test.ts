import assert from 'node:assert/strict';
import { readdir } from 'node:fs/promises';
import path from 'node:path';
import { test } from 'node:test';
import { LeaverError } from '../../src/kernel/errors.ts';
import { EVENTS } from '../../src/notifications/happening.ts';
import { renderHtml, renderText } from '../../src/notifications/render.ts';
import { readTemplates } from '../../src/notifications/templates.ts';
import { folderWith } from '../config/settings.ts';
import { ALL, CASE, COMPLETED, HELD, RECEIVED } from './support/happenings.ts';

async function refusalOf(folder: string): Promise<string> {
  const error = await readTemplates(folder).then(
    () => assert.fail('the templates were accepted'),
    (reason: unknown) => reason,
  );
  assert.ok(error instanceof LeaverError && error.code === 'configuration', String(error));
  return error.message;
}

test('every event has words of ours, as text and as HTML, with nothing left to be filled in', async () => {
  const templates = await readTemplates(null);
  assert.deepEqual(
    ALL.map(({ event }) => event),
    EVENTS,
  );
  for (const happened of ALL) {
    const { subject, text } = renderText(templates[happened.event], happened);
    const html = renderHtml(templates[happened.event], happened);
    assert.ok(subject.length > 10 && subject.length < 120 && text.length > 80 && html.length > 80, happened.event);
    assert.doesNotMatch(subject + text + html, /\{\{|\}\}|undefined|null|\[object/, happened.event);
    assert.doesNotMatch(text, /&[a-z#0-9]+;|\n\n\n/, happened.event);
  }
});

test('our own words pass the check that others have to pass', async () => {
  const folder = path.join(import.meta.dirname, '..', '..', 'src', 'notifications', 'templates');
  assert.deepEqual(await readTemplates(folder), await readTemplates(null));
  assert.equal((await readdir(folder)).length, EVENTS.length * 2);
});

test('what a folder has takes the place of ours, file by file', async (t) => {
  const folder = await folderWith(t, {
    'case.held.txt': 'Subject: Freigabe für {{email}}\nGrund: {{reason}}\n',
    'README.md': '{{no template}}',
  });
  const templates = await readTemplates(folder);
  const ours = await readTemplates(null);
  assert.deepEqual(renderText(templates['case.held'], HELD), { subject: 'Freigabe für ada@example.com', text: `Grund: ${CASE.reason}\n` });
  assert.equal(templates['case.held'].html, ours['case.held'].html);
  assert.deepEqual(templates['target.down'], ours['target.down']);
});

test('what is wrong with a folder is told at once, and for each file what would be right', async (t) => {
  const folder = await folderWith(t, {
    'case.held.txt': 'Hello\n{{persson}}',
    'case.closed.txt': 'Subject: x',
    'target.down.html': '{{#target}} and no end',
    'case.attention.html': '<p>{{{reason}}} {{&reason}}</p>',
    'successor.received.txt': 'Subject: {{leaver}}\n{{#workspaces}}{{name}} {{size}}{{/workspaces}}{{> other}}',
  });
  const lines = (await refusalOf(folder)).split('\n');
  assert.match(lines[0] ?? '', /templatesDir.* are not in order:$/);
  const told = lines.slice(1).join('\n');
  assert.match(told, /case\.held\.txt: does not begin with a line “Subject: …”/);
  assert.match(
    told,
    /case\.held\.txt: names \{\{persson\}\}, which case\.held does not have; it has caseId, email, isContain, person, reason/,
  );
  assert.match(told, /case\.closed\.txt: is no template; templates are case\.held\.txt, /);
  assert.match(told, /target\.down\.html: cannot be read as a template: Unclosed section "target"/);
  assert.match(told, /case\.attention\.html: fills in reason unescaped; write \{\{reason\}\}/);
  assert.match(told, /successor\.received\.txt: names \{\{size\}\}/);
  assert.match(told, /successor\.received\.txt: names \{\{other\}\}/);
});

test('a folder that is not there is told as such', async () => {
  assert.match(await refusalOf('/nowhere/at/all'), /\/nowhere\/at\/all cannot be read .*notifications\.templatesDir/);
});

test('a lock-out is not called a removal, and what the target does not offer is named', async () => {
  const { 'case.completed': template } = await readTemplates(null);
  const locked = renderText(template, { event: 'case.completed', case: { ...CASE, playbook: 'contain' }, notOffered: [] });
  assert.match(locked.subject, /^Locked out: /);
  assert.doesNotMatch(locked.text, /left to you/);
  const removed = renderText(template, COMPLETED);
  assert.match(removed.subject, /^Taken out: /);
  assert.match(removed.text, /left to you:\n- fastio: notify-successor\n/);
});

test('somebody who had no tokens and no webhooks is not said to have had any; a number that nobody knows is not made up', async () => {
  const { 'successor.received': template } = await readTemplates(null);
  assert.doesNotMatch(renderText(template, { ...RECEIVED, tokens: 0, webhooks: [] }).text, /deleted/);
  assert.match(renderText(template, { ...RECEIVED, tokens: null }).text, /Their API tokens were deleted\. Every agent/);
});

test('keys that nobody could delete are not said to be deleted, but to reach nothing of it any more', async () => {
  const { 'successor.received': template } = await readTemplates(null);
  for (const told of [renderText, renderHtml].map((render) =>
    JSON.stringify(render(template, { ...RECEIVED, tokens: null, webhooks: [], keepsKeys: true })),
  )) {
    assert.match(told, /can delete the keys of their account there; they no longer reach what is yours now\. Every agent/);
    assert.doesNotMatch(told, /deleted/);
  }
});

test('a hundred workspaces are listed, and how many more there are is said', async () => {
  const { 'successor.received': template } = await readTemplates(null);
  const workspaces = Array.from({ length: 250 }, (_, n) => ({ id: `w-${n}`, name: `Workspace ${n}` }));
  const { text } = renderText(template, { ...RECEIVED, workspaces });
  assert.equal(text.match(/^- Workspace/gm)?.length, 100);
  assert.match(text, /^- and 150 more$/m);
});

test('a name of any length is one line of bounded length', async () => {
  const { 'successor.received': template } = await readTemplates(null);
  const { text } = renderText(template, { ...RECEIVED, workspaces: [{ id: 'w-1', name: `a\u2028b\n\n\0c${'x'.repeat(5_000)}` }] });
  assert.match(text, /^- a b cx{900,1000}… \(w-1\)$/m);
});
