import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import fc from 'fast-check';
import { html } from '../../src/ledger/summary/html.ts';
import { summaryPage } from '../../src/ledger/summary/page.ts';
import { GRADES } from '../../src/ledger/summary/story.ts';
import { runs } from '../support/sweep.ts';
import { aTold, CASE_ID, PROOF } from './support/told.ts';

const page = (changes: Parameters<typeof aTold>[0] = {}): string => summaryPage(aTold(changes), PROOF);

/** What a reader sees: the page without its tags, and with the characters that its entities stand for. */
function textOf(markup: string): string {
  const named: Readonly<Record<string, string>> = { '&lt;': '<', '&gt;': '>', '&quot;': '"', '&#39;': "'", '&amp;': '&' };
  const body = markup
    .slice(markup.indexOf('<body>'))
    .replace(/<(?:br|\/?(?:p|li|dd|dt|td|th|tr|h\d|div|caption))\b[^>]*>/g, ' ')
    .replace(/<[^>]*>/g, '');
  return body.replace(/&(?:lt|gt|quot|#39|amp);/g, (entity) => named[entity] ?? '').replace(/\s+/g, ' ');
}

suite('the summary of a case', () => {
  test('says who it is about, what came of it, and when, in UTC', () => {
    const text = textOf(page());
    for (const said of [
      'Departure of Ada Lovelace',
      'ada@acme.example',
      'Needs a person',
      `Case ${CASE_ID}`,
      'Locked out 2026-03-02 08:00:01.500 UTC',
      '1.5 s from the first word to the lock-out',
      'Approved by it-desk',
      'grace@acme.example (manager)',
    ]) {
      assert.ok(text.includes(said), said);
    }
  });

  test('shows every grade, in words and not by colour alone', () => {
    const text = textOf(page());
    for (const grade of GRADES) {
      assert.match(text, new RegExp(`[✓≈∅◇✕–…] ${grade}`), grade);
    }
    assert.ok(text.includes('files: it refuses; give the scope, then retry.'));
  });

  test('says who decided what, and why', () => {
    const text = textOf(page());
    assert.match(text, /Case opened by okta-main, playbook offboard okta-main user\.lifecycle\.deactivate; held: they are protected 10/);
    assert.match(text, /Approved by it-desk it-desk HR confirms 12/);
  });

  test('says what proved each signal, and by what the person was recognised', () => {
    const text = textOf(page());
    assert.ok(text.includes("eventHook.secrets[1] by the identity provider's immutable id 00u1"), text);
    assert.ok(text.includes('cc'.repeat(32)));
  });

  test('shows the timeline with the state from before the lock-out, and every request of every attempt', () => {
    const text = textOf(page());
    assert.match(text, /08:00:01\.500 UTC \+1\.5 s files · suspend: verified; before: active 14/);
    assert.match(text, /PUT files\.example\/users\/\{person\}\/status 503 broken 12 ms –/);
    assert.match(text, /3 more between these/);
    assert.match(text, /PUT files\.example\/users\/\{person\}\/status\?notify 200 12 ms req-1/);
  });

  test('says what may still be reachable, or that nothing is known to be, or that it is too early', () => {
    assert.match(textOf(page()), /boards Keys belong to nobody: replace them\./);
    const clean = page({ happened: [['08:00:03.000', 'case.state', { from: 'attention', to: 'completed', residual: [] }]] });
    assert.match(textOf(clean), /Nothing is known to be left reachable\./);
    const told = aTold();
    const early = summaryPage({ ...told, entries: told.entries.slice(0, -1) }, PROOF);
    assert.match(textOf(early), /The case is not at its end, so nothing is said of this yet\./);
  });

  test('says how to verify it, and where it belongs, without claiming that a control is met', () => {
    const text = textOf(page());
    for (const said of ['CC6.2', 'CC6.3', 'A.5.18', 'A.6.5', 'leaver verify', PROOF.payloadSha256, PROOF.kid, PROOF.head.root]) {
      assert.ok(text.includes(said), said);
    }
    assert.match(text, /Whether a control is met is for an auditor to say/);
  });

  test('names nobody who was erased', () => {
    const text = textOf(page({ person: null, case: { successor: null } }));
    assert.match(text, /Departure of somebody who was erased The record stands/);
    assert.doesNotMatch(text, /null|undefined|ada@/);
  });

  test('is the same for the same bundle', () => {
    assert.equal(page(), page());
  });

  test('can be made of a case that another version of Leaver has shown otherwise', () => {
    const odd = {
      playbook: 7,
      openedAt: null,
      successor: 'nobody',
      steps: [{ id: 's1', state: 'done', outcome: 'shredded', error: 'no' }],
    };
    const text = textOf(page({ case: odd as never, happened: [['08:00:09.000', 'case.pruned', { days: 3 }]] }));
    assert.doesNotMatch(text, /undefined|\[object/);
    assert.match(text, /… open/);
  });
});

const HOSTILE = [
  '<script>alert(1)</script>',
  '"><img src=x onerror=alert(1)>',
  "' onmouseover='alert(1)",
  '</style><script>alert(1)</script>',
  '</title><svg/onload=alert(1)>',
  '<!--',
  '&lt;script&gt;',
  '\u202egpj.exe',
  'nul\0and\u0007bell',
  '\ud800half',
  'constructor',
  '__proto__',
];

suite('whatever somebody is called', () => {
  for (const name of HOSTILE) {
    test(`${JSON.stringify(name)} is text and nothing else`, () => {
      const plain = page();
      const evil = page({
        person: { email: name, name },
        case: { reason: name, openedBy: name, successor: { email: name, accountId: name, source: name }, id: name },
        happened: [
          ['08:00:09.000', 'case.held', { by: name, reason: name }],
          [
            '08:00:09.000',
            'signal.recorded',
            { kind: name, connection: name, channel: name, verifiedBy: name, bodySha256: name, match: { rule: name } },
            { id: name },
          ],
          [
            '08:00:09.000',
            'step.failed',
            {
              target: name,
              action: name,
              subject: name,
              code: name,
              requests: [{ method: name, host: name, path: name, query: [name], requestId: name, outcome: name }],
            },
          ],
          ['08:00:09.000', 'case.state', { from: name, to: name, by: name, reason: name, residual: [{ target: name, note: name }] }],
        ],
      });
      assert.deepEqual(markupIn(evil), markupIn(plain), 'no element and no attribute that was not there before');
      assert.ok([...evil].every((character) => !/\p{Bidi_Control}/u.test(character) && character !== '\0'));
    });
  }

  test('nothing that is put into a template comes out as markup', () => {
    const property = fc.property(fc.string({ unit: fc.constantFrom(...`<>"'&;=/ a\0\ud800\u202e`) }), (text) => {
      const { markup } = html`<p title="${text}">${[text, null, [text]]}</p>`;
      const inner = markup.slice('<p title="'.length, -'</p>'.length);
      assert.doesNotMatch(inner.replace('">', ''), /[<>"']/);
      assert.ok(markup.isWellFormed());
    });
    fc.assert(property, runs(500));
  });
});

/** The names of all elements and attributes. Fails on a tag that is not written as the page writes its own. */
function markupIn(markup: string): string[] {
  const tags = [...markup.replace(/<style>.*?<\/style>/s, '').matchAll(/<[^>]*>/g)].map(([tag]) => tag);
  const names = tags.flatMap((tag) => {
    assert.match(tag, /^<[/!]?[a-z0-9]+( [a-z-]+(="[^"<>]*")?)*>$/i);
    return [tag.match(/^<[/!]?[a-z0-9]+/i)?.[0] ?? '', ...[...tag.matchAll(/ ([a-z-]+)(?:="[^"]*")?/gi)].map(([, name]) => name ?? '')];
  });
  return [...new Set(names)].sort();
}
