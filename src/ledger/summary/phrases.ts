import type { JsonObject } from '../../kernel/json.ts';
import { inside, listed, said } from './story.ts';

type Phrase = (data: JsonObject) => string;

/** What each kind of entry says, in a sentence for people. A kind that is not here is told by its name. */
const PHRASES: Readonly<Record<string, Phrase>> = {
  'signal.recorded': (data) => `Signal ${said(data, 'kind')} from ${said(data, 'connection')}: ${said(data, 'disposition')}`,
  'case.opened': (data) => `Case opened by ${said(data, 'by')}, playbook ${said(data, 'playbook')}`,
  'case.held': (data) => `Case held by ${said(data, 'by')} until somebody approves`,
  'case.approved': (data) => `Approved by ${said(data, 'by')}`,
  'case.upgraded': (data) => `Extended to ${said(data, 'to')} by ${said(data, 'by')}`,
  'case.contained': () => 'Locked out in every target that was found and offers it',
  'case.state': ({ from: before, ...data }) =>
    `Case ${said(data, 'to')} (before: ${String(before)}), decided by ${said(data, 'by') || 'policy'}`,
  'case.retried': (data) => `Tried again, asked by ${said(data, 'by')}`,
  'case.undone': (data) => `To be taken back (${said(data, 'undo')}), asked by ${said(data, 'by')}`,
  'case.resumed': (data) => `Leaves after all, said by ${said(data, 'by')}`,
  'case.rechecked': (data) => `Looked for once more: ${data['found'] === true ? 'there' : 'not there'}`,
  'plan.made': (data) => `Plan made: ${listed(data['steps']).length} steps`,
  'step.started': (data) => `${stepOf(data)}: attempt ${said(data, 'attempt')} begins`,
  'step.finished': (data) => `${stepOf(data)}: ${said(data, 'outcome')}${before(data)}`,
  'step.postponed': (data) => `${stepOf(data)}: put off ${inBrackets(data, 'code')}`.trim(),
  'step.failed': (data) => `${stepOf(data)}: failed ${inBrackets(data, 'code')}`.trim(),
  'step.skipped': (data) => `${stepOf(data)}: left out${by(data)}`,
  'step.added': (data) => `${stepOf(data)}: added to the plan`,
  'step.released': (data) => `${stepOf(data)}: given back to another worker`,
  'case.erased': (data) => `What says whom this is about was erased by ${said(data, 'by')}`,
};

export function phraseOf(kind: string, data: JsonObject): string {
  return PHRASES[kind]?.(data) ?? kind;
}

/** Entries that are somebody's decision, not the next step of a machine. */
const DECISIONS = new Set([
  'case.opened',
  'case.held',
  'case.approved',
  'case.upgraded',
  'case.retried',
  'case.undone',
  'case.resumed',
  'case.erased',
]);

export function isDecision(kind: string): boolean {
  return DECISIONS.has(kind);
}

/** How a signal's person was recognised, or why nobody was. */
const RULES: ReadonlyMap<string, string> = new Map([
  ['id', "by the identity provider's immutable id"],
  ['e-mail', 'by the exact e-mail address'],
  ['alias', 'by another address known to be theirs'],
  ['new', 'by an e-mail address that nobody had before'],
]);

export function ruleOf(rule: string): string {
  return RULES.get(rule) ?? (rule || '–');
}

function stepOf(data: JsonObject): string {
  const subject = said(data, 'subject');
  return `${said(data, 'target')} · ${said(data, 'action')}${subject && ` of ${subject}`}`;
}

function inBrackets(data: JsonObject, name: string): string {
  const value = said(data, name);
  return value && `(${value})`;
}

function by(data: JsonObject): string {
  const who = said(data, 'by');
  return who && `, decided by ${who}`;
}

/** How it stood before, where the step has kept that so that it can be given back. */
function before(data: JsonObject): string {
  const kept = said(inside(data, 'facts'), 'statusBefore');
  return kept && `; before: ${kept}`;
}
