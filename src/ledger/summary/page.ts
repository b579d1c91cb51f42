import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { type Html, html } from './html.ts';
import { later, moment } from './moment.ts';
import { controls, decisions, requests, residual, section, signals, steps, timeline } from './sections.ts';
import { gradeOf, readStory, type Story, said, type Told } from './story.ts';

/** By what a reader finds the summary's bundle again, and its place in the ledger. */
export interface Proof {
  /** SHA-256 over the canonical JSON of the bundle's payload, hex. */
  readonly payloadSha256: string;
  /** The key that signed it. */
  readonly kid: string;
  /** The checkpoint of the ledger that was signed with it: how many entries it had, and the hash that stands for all of them. */
  readonly head: { readonly entries: number; readonly root: string };
}

const STYLE = readFileSync(path.join(import.meta.dirname, 'style.css'), 'utf8');
const STYLE_HASH = createHash('sha256').update(STYLE, 'utf8').digest('base64');

/** What a summary needs: its own style sheet, and nothing else. It has no script, and asks nobody for anything. */
export const SUMMARY_POLICY = `default-src 'none'; style-src 'sha256-${STYLE_HASH}'; base-uri 'none'; form-action 'none'`;

/**
 * The summary of a case for people: one page that stands by itself, opens in any browser and prints well. The same bundle makes the same page. It is
 * there to be read; what is proven is the bundle that it names.
 */
export function summaryPage(told: Told, proof: Proof): string {
  const story = readStory(told);
  const page = html`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="${SUMMARY_POLICY}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="robots" content="noindex">
<title>Evidence of case ${story.id}</title>
<style>${{ markup: STYLE }}</style>
</head>
<body>
<a class="skip" href="#glance">To the summary</a>
${masthead(story)}
<main>
${glance(story)}
${steps(story)}
${residual(story)}
${decisions(story)}
${signals(story)}
${timeline(story)}
${requests(story)}
${controls()}
${howToVerify(story, proof)}
</main>
<footer><p>Made by Leaver at ${moment(story.madeAt)} of case <span class="id">${story.id}</span>.</p></footer>
</body>
</html>
`;
  return page.markup;
}

const HEADLINES: ReadonlyMap<string, string> = new Map([
  ['completed', 'Completed'],
  ['attention', 'Needs a person'],
  ['held', 'Held for approval'],
  ['running', 'Under way'],
  ['waiting', 'Waiting'],
  ['cancelled', 'Taken back (cancelled)'],
  ['reversed', 'Taken back (reversed)'],
]);

function masthead({ person, state, playbook }: Story): Html {
  const kind = playbook === 'contain' ? 'Lock-out' : 'Departure';
  return html`<header class="masthead">
<p class="brand">Leaver <span>Evidence</span></p>
<h1>${kind} of ${person ? html`<bdi>${person.name ?? person.email}</bdi>` : 'somebody who was erased'}</h1>
<p class="sub">${person ? (person.name === null || person.name === person.email ? null : html`<bdi>${person.email}</bdi>`) : 'The record stands; whom it is about can no longer be told.'} <span class="state ${HEADLINES.has(state) ? state : 'other'}">${HEADLINES.get(state) ?? state}</span></p>
</header>`;
}

function glance(story: Story): Html {
  const { begunAt, containedAt, completedAt, openedAt, openedBy, successor, steps: all, reason, playbook } = story;
  const graded = all.map(gradeOf);
  const done = graded.filter((one) => one !== 'failed' && one !== 'open').length;
  const lockedOut = later(begunAt, containedAt);
  const over = later(begunAt, completedAt);
  const approvals = story.entries.filter(({ entry }) => entry.kind === 'case.approved').map(({ entry }) => said(entry.data, 'by'));
  const figures: readonly (readonly [string, string])[] = [
    [lockedOut ?? '–', 'from the first word to the lock-out'],
    [over ?? '–', 'to the end of the case'],
    [`${graded.filter((one) => one === 'verified').length} of ${all.length}`, 'steps seen in the target afterwards'],
    [`${all.length - done}`, 'steps failed or open'],
  ];
  const facts: readonly (readonly [string, Html | string])[] = [
    ['Case', html`<span class="id">${story.id}</span>`],
    ['Playbook', playbook ?? '–'],
    ['Begun', moment(begunAt)],
    ['Opened', html`${moment(openedAt)} by ${openedBy ?? '–'}`],
    ['Locked out', moment(containedAt)],
    ['Completed', moment(completedAt)],
    ['Approved by', approvals.length === 0 ? 'no approval was asked for or given' : [...new Set(approvals)].join(', ')],
    [
      'Successor',
      successor ? html`<bdi>${successor.email ?? successor.accountId ?? '–'}</bdi> (${successor.source ?? 'source not said'})` : '–',
    ],
    ...(reason ? [['State', reason] as const] : []),
  ];
  return section('glance', 'At a glance', [
    html`<ul class="figures">${figures.map(([figure, of]) => html`<li><b>${figure}</b> <span>${of}</span></li>`)}</ul>`,
    html`<dl>${facts.map(([name, value]) => html`<div><dt>${name}</dt><dd>${value}</dd></div>`)}</dl>`,
  ]);
}

function howToVerify({ id }: Story, { payloadSha256, kid, head }: Proof): Html {
  return section('verify', 'How to verify', [
    html`<p>This page is for reading, and an image of the evidence bundle. What is proven is the bundle: that each entry is what was recorded, that none is missing or moved, and who signed it.</p>`,
    html`<ol><li>Take the bundle of case <span class="id">${id}</span>, and the keys of the service, kept from an earlier day: <code>/.well-known/jwks.json</code>.</li><li>Without a network and without the service: <code>leaver verify case.json --key jwks.json</code>. It takes the ZIP file with this page in it, too, and then vouches for this page as well.</li><li>Or write a verifier of your own: the format is described in <code>docs/ledger-format.md</code>, and needs SHA-256 and Ed25519.</li><li>Compare the key and the ledger below with what it prints.</li></ol>`,
    html`<dl class="proof"><div><dt>Payload, SHA-256</dt><dd class="hash">${payloadSha256}</dd></div><div><dt>Signed with the key</dt><dd class="hash">${kid}</dd></div><div><dt>Ledger at that moment</dt><dd>${head.entries} entries, <span class="hash">${head.root}</span></dd></div></dl>`,
  ]);
}
