import { z } from 'zod';
import type { Json, JsonObject } from '../../kernel/json.ts';
import type { Entry } from '../entry.ts';

/** What a summary is made of: whatever of a bundle its signature vouches for. */
export interface Told {
  readonly madeAt: string;
  readonly case: unknown;
  /** Null when the person was erased. */
  readonly person: { readonly email: string; readonly name: string | null } | null;
  readonly entries: readonly PlacedEntry[];
}

export interface PlacedEntry {
  readonly seq: number;
  readonly entry: Entry;
  /** What the entry commits to; null when there is nothing, or it was erased. */
  readonly personal: { readonly data: JsonObject } | null;
}

const text = z.string().nullish().catch(null);
const step = z.looseObject({
  id: z.string(),
  target: z.string().catch(''),
  phase: z.string().catch(''),
  action: z.string().catch(''),
  subject: text,
  state: z.string(),
  outcome: text,
  attempts: z.number().catch(0),
  finishedAt: text,
  error: z.looseObject({ message: z.string() }).nullish().catch(null),
});
export type StoryStep = z.output<typeof step>;

/** The case as the operator API shows it, as far as a summary reads it. Whatever another version of Leaver shows otherwise counts as not said. */
const shownCase = z.looseObject({
  id: z.string(),
  state: z.string(),
  playbook: text,
  reason: text,
  openedAt: text,
  openedBy: text,
  containedAt: text,
  completedAt: text,
  successor: z.looseObject({ email: text, accountId: text, source: text }).nullish().catch(null),
  steps: z.array(step),
});

/** What a step came to, in the words of a case. `open`: nothing yet. */
export const GRADES = ['verified', 'acknowledged', 'already-absent', 'not-offered', 'failed', 'skipped', 'open'] as const;
export type Grade = (typeof GRADES)[number];

export interface Request {
  readonly line: string;
  readonly status: string;
  readonly requestId: string | null;
  readonly tookMs: number | null;
}

/** One attempt of a step, with what it sent. */
export interface StoryAttempt {
  readonly seq: number;
  readonly at: string;
  readonly target: string;
  readonly what: string;
  readonly end: string;
  readonly requests: readonly Request[];
  readonly leftOut: number;
}

export interface Residual {
  readonly target: string;
  readonly note: string;
}

/** A case as it is told to people. */
export interface Story extends z.output<typeof shownCase> {
  readonly person: Told['person'];
  readonly madeAt: string;
  readonly entries: readonly PlacedEntry[];
  readonly attempts: readonly StoryAttempt[];
  /** Null where the record does not say, since the case is not at its end. */
  readonly residual: readonly Residual[] | null;
  /** When the first signal was recorded, or the case was opened. */
  readonly begunAt: string;
}

export function readStory(told: Told): Story {
  const { entries, person, madeAt } = told;
  const shown = shownCase.parse(told.case);
  const begunAt = entries[0]?.entry.at ?? madeAt;
  return { ...shown, person, madeAt, entries, attempts: entries.flatMap(attemptIn), residual: residualIn(entries), begunAt };
}

export function gradeOf({ state, outcome }: Pick<StoryStep, 'state' | 'outcome'>): Grade {
  const said = state === 'done' ? outcome : state;
  return GRADES.find((grade) => grade === said) ?? 'open';
}

/** A member of an entry's data as text; empty where there is none. */
export function said(data: JsonObject, name: string): string {
  const value = data[name];
  return typeof value === 'string' ? value : typeof value === 'number' ? String(value) : '';
}

/** A member that is an object; an empty one where there is none. */
export function inside(data: JsonObject, name: string): JsonObject {
  const value = data[name];
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as JsonObject) : {};
}

export function listed(value: Json | undefined): readonly JsonObject[] {
  return Array.isArray(value) ? value.filter((one) => typeof one === 'object' && one !== null && !Array.isArray(one)) : [];
}

const ENDS: Readonly<Record<string, string>> = {
  'step.finished': 'finished',
  'step.postponed': 'put off',
  'step.failed': 'failed',
  'step.skipped': 'skipped',
  'step.released': 'given back',
  'case.rechecked': 'looked up',
};

function attemptIn({ seq, entry: { at, kind, data } }: PlacedEntry): StoryAttempt[] {
  const end = ENDS[kind];
  const requests = listed(data['requests']).map(requestIn);
  if (end === undefined || requests.length === 0) return [];
  const attempt = said(data, 'attempt');
  const what = [said(data, 'action') || 'search for the person', said(data, 'subject'), attempt && `attempt ${attempt}`]
    .filter(Boolean)
    .join(', ');
  const result = said(data, 'outcome') || said(data, 'code');
  return [
    {
      seq,
      at,
      target: said(data, 'target'),
      what,
      end: result ? `${end}: ${result}` : end,
      requests,
      leftOut: Number(said(data, 'requestsLeftOut')),
    },
  ];
}

function requestIn(data: JsonObject): Request {
  const query = data['query'];
  const names = Array.isArray(query) ? `?${query.map(String).join('&')}` : '';
  const outcome = said(data, 'outcome');
  const status = said(data, 'status');
  return {
    line: `${said(data, 'method')} ${said(data, 'host')}${said(data, 'path')}${names}`,
    status: outcome === 'answered' || outcome === '' ? status : `${status} ${outcome}`.trim(),
    requestId: said(data, 'requestId') || null,
    tookMs: typeof data['tookMs'] === 'number' ? data['tookMs'] : null,
  };
}

function residualIn(entries: readonly PlacedEntry[]): Residual[] | null {
  const last = entries.findLast(({ entry: { kind, data } }) => kind === 'case.state' && Array.isArray(data['residual']));
  return last ? listed(last.entry.data['residual']).map((one) => ({ target: said(one, 'target'), note: said(one, 'note') })) : null;
}
