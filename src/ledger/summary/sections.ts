import { CONTROLS } from './controls.ts';
import { type Html, html, type Part } from './html.ts';
import { later, moment } from './moment.ts';
import { isDecision, phraseOf, ruleOf } from './phrases.ts';
import { GRADES, type Grade, gradeOf, inside, type Request, type Story, type StoryAttempt, type StoryStep, said } from './story.ts';

interface Meaning {
  readonly sign: string;
  readonly means: string;
}

export const GRADE_MEANINGS: Readonly<Record<Grade, Meaning>> = {
  verified: { sign: '✓', means: 'seen in the target afterwards' },
  acknowledged: { sign: '≈', means: 'the target said yes, and offers nothing to check it by' },
  'already-absent': { sign: '∅', means: 'there was nothing to do' },
  'not-offered': { sign: '◇', means: 'the target has no such call; see residual access' },
  failed: { sign: '✕', means: 'not done; a person must act' },
  skipped: { sign: '–', means: 'left out, for the reason in the timeline' },
  open: { sign: '…', means: 'not ended when this was made' },
};

export function grade(of: Grade): Html {
  return html`<span class="grade ${of}"><span aria-hidden="true">${GRADE_MEANINGS[of].sign}</span> ${of}</span>`;
}

export function steps({ steps: all }: Story): Html {
  const targets = [...Map.groupBy(all, ({ target }) => target)];
  const counts = GRADES.map((of) => [of, all.filter((step) => gradeOf(step) === of).length] as const).filter(([, count]) => count > 0);
  return section('steps', 'Steps and their grades', [
    html`<ul class="legend">${counts.map(([of, count]) => html`<li>${grade(of)} <b>${count}</b> <span class="means">${GRADE_MEANINGS[of].means}</span></li>`)}</ul>`,
    targets.map(([target, own]) => table({ kind: 'steps', caption: `In ${target}`, heads: STEP_HEADS }, own.map(stepRow))),
  ]);
}

const STEP_HEADS = ['Phase', 'Step', 'Grade', 'Attempts', 'Ended'];

function stepRow(step: StoryStep): Html {
  const { phase, action, subject, attempts, finishedAt, error } = step;
  return html`<tr><td>${phase}</td><td><b>${action}</b>${subject ? html` <span class="id">${subject}</span>` : null}${
    error ? html`<div class="error">${error.message}</div>` : null
  }</td><td>${grade(gradeOf(step))}</td><td class="number">${attempts}</td><td>${moment(finishedAt)}</td></tr>`;
}

export function residual({ residual: left }: Story): Html {
  if (left === null)
    return section('residual', 'Residual access', html`<p>The case is not at its end, so nothing is said of this yet.</p>`);
  if (left.length === 0) return section('residual', 'Residual access', html`<p>Nothing is known to be left reachable.</p>`);
  const byTarget = [...Map.groupBy(left, ({ target }) => target)];
  const notes = byTarget.map(
    ([target, own]) => html`<div class="residual"><h3>${target}</h3><ul>${own.map(({ note }) => html`<li>${note}</li>`)}</ul></div>`,
  );
  return section('residual', 'Residual access', [html`<p>What may stay reachable, for how long, and what to do about it.</p>`, notes]);
}

export function decisions({ entries }: Story): Html {
  const rows = entries
    .filter(({ entry }) => isDecision(entry.kind))
    .map(({ seq, entry: { at, kind, data } }) => {
      const why = [said(data, 'reason'), said(data, 'hold') && `held: ${said(data, 'hold')}`].filter(Boolean).join('; ');
      return html`<tr><td>${moment(at)}</td><td>${phraseOf(kind, data)}</td><td class="who">${said(data, 'by') || '–'}</td><td>${why || '–'}</td><td class="number">${seq}</td></tr>`;
    });
  const note = html`<p>By operators, connections and the configured policy; an e-mail that a reason named was left out of the record.</p>`;
  return section('decisions', 'Who decided', [
    note,
    table({ kind: 'decisions', caption: 'Decisions', heads: ['When', 'What', 'By', 'Why', 'Entry'] }, rows),
  ]);
}

export function signals({ entries }: Story): Html {
  const rows = entries
    .filter(({ entry }) => entry.kind === 'signal.recorded')
    .map(({ entry: { at, data }, personal }) => {
      const match = inside(data, 'match');
      const who = said(personal?.data ?? {}, 'id');
      return html`<tr><td>${moment(at)}</td><td><b>${said(data, 'kind')}</b><div>${said(data, 'connection')} · ${said(data, 'channel')} · ${said(data, 'disposition')}</div></td><td>${
        said(data, 'verifiedBy') || '–'
      }</td><td>${ruleOf(said(match, 'rule') || said(match, 'doubt'))}${who ? html`<div class="id">${who}</div>` : null}</td><td class="hash">${said(data, 'bodySha256') || '–'}</td></tr>`;
    });
  const none = html`<p>No signal led here: an operator opened the case.</p>`;
  const heads = ['Received', 'Signal', 'Proven by', 'Person recognised', 'SHA-256 of the body'];
  return section(
    'signals',
    'Signals',
    rows.length === 0 ? none : table({ kind: 'signals', caption: 'Signals and what proved them', heads }, rows),
  );
}

export function timeline({ entries, begunAt }: Story): Html {
  const rows = entries.map(({ seq, entry: { at, kind, data } }) => {
    const why = kind.startsWith('step.') || kind === 'case.state' ? said(data, 'reason') : '';
    const after = later(begunAt, at);
    return html`<tr${kind === 'step.started' ? html` class="quiet"` : null}><td>${moment(at)}</td><td class="number">${after === null ? '–' : `+${after}`}</td><td>${phraseOf(kind, data)}${
      why ? html`<div class="means">${why}</div>` : null
    }</td><td class="number">${seq}</td></tr>`;
  });
  return section('timeline', 'Timeline', [
    html`<p>Every entry of this case, by the clock of the database, with its place in the ledger.</p>`,
    table({ kind: 'timeline', caption: 'All entries, oldest first', heads: ['When', 'After', 'What', 'Entry'] }, rows),
  ]);
}

export function requests({ attempts }: Story): Html | null {
  if (attempts.length === 0) return null;
  return section('requests', 'Requests', [
    html`<p>What Leaver sent, attempt by attempt. <code>{person}</code> stands where an address or an account id was; of a query the names are kept, and of bodies and credentials nothing.</p>`,
    attempts.map(attempt),
  ]);
}

function attempt({ seq, at, target, what, end, requests: sent, leftOut }: StoryAttempt): Html {
  const more = leftOut > 0 ? html`<tr><td colspan="4" class="means">${leftOut} more between these</td></tr>` : null;
  const half = leftOut > 0 ? sent.length / 2 : sent.length;
  return html`<div class="attempt"><h3>${target ? `${target} · ` : ''}${what} <span class="means">${end} · entry ${seq} · </span>${moment(at)}</h3>${table({ kind: 'requests', caption: `Requests of ${what}`, heads: ['Request', 'Status', 'Took', 'Their request id'], isCaptionUnseen: true }, [sent.slice(0, half).map(requestRow), more, sent.slice(half).map(requestRow)])}</div>`;
}

function requestRow({ line, status, tookMs, requestId }: Request): Html {
  return html`<tr><td class="line">${line}</td><td>${status || '–'}</td><td class="number">${tookMs === null ? '–' : `${tookMs} ms`}</td><td class="id">${requestId ?? '–'}</td></tr>`;
}

export function controls(): Html {
  const rows = CONTROLS.map(
    ({ standard, reference, about, sections }) =>
      html`<tr><td><b>${reference}</b><div class="means">${standard}</div></td><td>${about}</td><td>${sections.map(
        ([id, title], index) => html`${index > 0 ? ', ' : ''}<a href="#${id}">${title}</a>`,
      )}</td></tr>`,
  );
  return section('controls', 'Where this belongs', [
    html`<p>References, for filing. Whether a control is met is for an auditor to say.</p>`,
    table({ kind: 'controls', caption: 'Controls that this speaks to', heads: ['Control', 'About', 'See'] }, rows),
  ]);
}

export function section(id: string, title: string, content: Part): Html {
  return html`<section id="${id}" aria-labelledby="${id}-title"><h2 id="${id}-title">${title}</h2>${content}</section>`;
}

interface TableForm {
  /** By which the style sheet gives the columns their widths, so that tables of one kind line up. */
  readonly kind: string;
  readonly caption: string;
  readonly heads: readonly string[];
  /** Read out, and not shown: where the heading right above says the same. */
  readonly isCaptionUnseen?: boolean;
}

function table({ kind, caption, heads, isCaptionUnseen = false }: TableForm, rows: Part): Html {
  const headCells = heads.map((head) => html`<th scope="col">${head}</th>`);
  return html`<div class="scroll" tabindex="0" role="region" aria-label="${caption}"><table class="${kind}"><caption${
    isCaptionUnseen ? html` class="unseen"` : null
  }>${caption}</caption><thead><tr>${headCells}</tr></thead><tbody>${rows}</tbody></table></div>`;
}
