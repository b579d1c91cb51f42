import { isDeepStrictEqual } from 'node:util';
import type { Verdict } from '../../ledger/verify.ts';
import type { RequestRecord } from '../../sandbox/fastio/fastio.ts';
import type { CaseAnswer, SignalAnswer } from '../answers.ts';
import { duration } from '../time.ts';
import type { Expectations } from './channel.ts';
import type { Holdings } from './people.ts';
import type { Scene } from './scene.ts';

/** All that is known when the play is over. */
export interface Findings {
  readonly expects: Expectations;
  readonly scene: Scene;
  /** The signals of the leaver's case. */
  readonly signals: readonly SignalAnswer[];
  /** Null where the channel showed no suspension. */
  readonly contractor: { readonly scene: Scene; readonly before: Holdings; readonly after: Holdings } | null;
  readonly leaver: { readonly before: Holdings; readonly after: Holdings };
  readonly successor: { readonly name: string; readonly before: Holdings; readonly after: Holdings };
  /** The subjects of the mails that the successor got. */
  readonly mails: readonly string[];
  readonly bystanders: { readonly before: readonly Holdings[]; readonly after: readonly Holdings[] };
  /** What Fastio was asked since the leaver's departure was told. */
  readonly requests: readonly RequestRecord[];
  readonly violations: readonly string[];
  /** How much was asked of Flashback, and what was wrong with it. */
  readonly flashback: { readonly calls: number; readonly violations: readonly string[] };
  /** What a check of the downloaded evidence with the service's published keys says. */
  readonly evidence: Verdict;
}

/** One thing that must be so. */
export interface Check {
  readonly name: string;
  readonly ok: boolean;
  /** What was found, in words. */
  readonly found: string;
}

/** How much more than its aim Leaver takes when something is broken rather than slow: work that nobody was woken for is looked for after 3 s at the earliest. */
const BROKEN_SHARE_MS = 3_000;

/** Judges the play. Pure. */
export function judge(findings: Findings): Check[] {
  return [
    judgeSignals(findings),
    judgeOutcomes(findings),
    judgeContainment(findings),
    ...(findings.expects.confirmed ? [judgeConfirmation(findings)] : []),
    ...(findings.expects.ending === 'taken-out' ? [judgeHandOver(findings), judgeTelling(findings), judgeLeftovers(findings)] : []),
    ...lockedOut(findings).map(judgeLockOut),
    judgeBystanders(findings),
    judgeRules("Fastio's rules", findings.violations, findings.requests.length),
    judgeRules("Flashback's rules", findings.flashback.violations, findings.flashback.calls),
    judgeEvidence(findings),
  ];
}

/** That the case came over this channel, and over no other. */
function judgeSignals({ signals, expects }: Findings): Check {
  const found = signals.map(({ channel, kind, verifiedBy }) => `${kind} over ${channel}, believed for ${verifiedBy}`).join('; ');
  const [only, ...more] = signals;
  return { name: 'heard', ok: only?.channel === expects.channel && more.length === 0, found: found || 'no signal' };
}

function judgeOutcomes({ scene: { case: subject } }: Findings): Check {
  const counts = new Map<string, number>();
  for (const { outcome, state } of subject.steps) {
    counts.set(outcome ?? state, (counts.get(outcome ?? state) ?? 0) + 1);
  }
  const told = [...counts].map(([outcome, count]) => `${count} ${outcome}`).join(', ');
  const ok = subject.state === 'completed' && subject.steps.every(({ state, outcome }) => state === 'done' && outcome !== null);
  const reason = subject.reason === null ? '' : ` (${subject.reason})`;
  return { name: 'outcomes', ok, found: `case ${subject.state}${reason}, ${subject.steps.length} steps: ${told}` };
}

/** Whether the lock-out came in time. A busy machine misses the aim, which is told and is no failure. */
function judgeContainment({ scene: { sentAt, case: subject }, requests, expects: { ownShareMs } }: Findings): Check {
  const name = 'locked out';
  const theirs = targetTime(requests);
  if (subject.containedAt === null || theirs === null) {
    return { name, ok: false, found: 'the person was not locked out' };
  }
  const took = Date.parse(subject.containedAt) - sentAt;
  const own = Math.max(0, took - theirs);
  const verdict = `aim: ${duration(ownShareMs)}${own <= ownShareMs ? '' : ', missed here'}`;
  const found = `${duration(took)} after the message: Fastio itself took ${duration(theirs)}, Leaver ${duration(own)} (${verdict})`;
  return { name, ok: own < ownShareMs + BROKEN_SHARE_MS, found };
}

/** What Fastio itself needed for the lock-out: finding the account, suspending it, and the slower of the two revocations, which run side by side. */
export function targetTime(requests: readonly RequestRecord[]): number | null {
  const suspend = requests.find(({ call }) => call === 'suspend');
  const revocations = requests.filter(({ call }) => call === 'revokeSessions' || call === 'deleteTokens');
  if (!suspend || revocations.length < 2) {
    return null;
  }
  const lookUps = requests.filter(({ call, seq }) => call === 'resolve' && seq < suspend.seq);
  const found = lookUps.reduce((sum, { tookMs }) => sum + tookMs, 0);
  return found + suspend.tookMs + Math.max(...revocations.map(({ tookMs }) => tookMs));
}

const HARD_TO_REVERSE = new Set(['transfer', 'remove', 'verify', 'notify']);

/** A message is a hint: whoever sent it was asked before anything was done that is hard to reverse. */
function judgeConfirmation({ scene: { case: subject } }: Findings): Check {
  const name = 'confirmed';
  const confirmation = subject.steps.find(({ action }) => action === 'confirm-departure');
  if (confirmation?.outcome !== 'verified' || confirmation.finishedAt === null) {
    return { name, ok: false, found: 'the person was not read back' };
  }
  const confirmedAt = Date.parse(confirmation.finishedAt);
  const early = subject.steps.filter(({ phase, startedAt }) => HARD_TO_REVERSE.has(phase) && Date.parse(startedAt ?? '') < confirmedAt);
  const says = `${confirmation.target} itself says so (${String(confirmation.facts['detail'])})`;
  const found =
    early.length === 0
      ? `${says}, before anything was done that is hard to reverse`
      : `${says}, but only after ${early.map(({ action }) => action).join(', ')} had begun`;
  return { name, ok: early.length === 0, found };
}

function judgeHandOver({ leaver, successor, scene: { case: subject } }: Findings): Check {
  const { before, after, name } = successor;
  const moved = after.workspaces - before.workspaces;
  const theirs = Object.entries(leaver.before.flashback.roles).flatMap(([workspace, role]) => (role === 'ADMIN' ? [workspace] : []));
  const administered = theirs.filter((workspace) => after.flashback.roles[workspace] === 'ADMIN');
  const roles = { ...before.flashback.roles, ...Object.fromEntries(administered.map((workspace) => [workspace, 'ADMIN' as const])) };
  const expected: Holdings = { ...before, workspaces: after.workspaces, flashback: { ...before.flashback, roles } };
  const isAll = moved === leaver.before.workspaces && moved > 0 && administered.length === theirs.length && theirs.length > 0;
  const source = subject.successor === null ? '' : ` (${subject.successor.source})`;
  const found = `${moved} of ${leaver.before.workspaces} workspaces of Fastio now belong to ${name}${source}, now ADMIN of ${administered.length} of ${theirs.length} in Flashback`;
  return { name: 'handed over', ok: isAll && isDeepStrictEqual(after, expected), found };
}

/** That whoever got it knows of it. */
function judgeTelling({ mails, successor: { name } }: Findings): Check {
  const found = mails.length === 0 ? `${name} has no mail` : `${name} has a mail: “${mails.join('”, “')}”`;
  return { name: 'told', ok: mails.length === 1, found };
}

function judgeLeftovers({ leaver: { after } }: Findings): Check {
  const { status: _, flashback, ...things } = after;
  const left = Object.entries(things).filter(([, value]) => Number(value) > 0);
  const there = Object.entries(flashback.roles).map(([workspace, role]) => `${role} of ${workspace} in Flashback`);
  const words = [...left.map(([what, value]) => `${what} ${value}`), ...there, ...(flashback.isThere ? ['the account in Flashback'] : [])];
  const nothing = 'no membership, session, lock, token, webhook or workspace in Fastio; no workspace and no account in Flashback';
  return { name: 'nothing left', ok: words.length === 0, found: words.length === 0 ? nothing : `still there: ${words.join(', ')}` };
}

interface LockedOut {
  readonly name: string;
  readonly subject: CaseAnswer;
  readonly before: Holdings;
  readonly after: Holdings;
}

/** Who was to lose access, and nothing more. */
function lockedOut({ expects, scene, leaver, contractor }: Findings): LockedOut[] {
  return [
    ...(expects.ending === 'locked-out' ? [{ name: 'nothing more', subject: scene.case, ...leaver }] : []),
    ...(contractor ? [{ name: 'contractor', subject: contractor.scene.case, ...contractor }] : []),
  ];
}

function judgeLockOut({ name, subject, before, after }: LockedOut): Check {
  const expected: Holdings = { ...before, status: 'suspended', sessions: 0, locks: 0, tokens: 0 };
  const ok = subject.state === 'completed' && isDeepStrictEqual(after, expected);
  const found = ok
    ? 'suspended, without sessions and tokens; membership and workspaces are untouched, and so is Flashback'
    : `case ${subject.state}, ${JSON.stringify(after)}`;
  return { name, ok, found };
}

function judgeBystanders({ bystanders: { before, after } }: Findings): Check {
  const changed = before.filter((holdings, index) => !isDeepStrictEqual(holdings, after[index])).length;
  const found = changed === 0 ? `${before.length} others have what they had` : `${changed} of ${before.length} others were touched`;
  return { name: 'bystanders', ok: changed === 0, found };
}

function judgeRules(name: string, violations: readonly string[], calls: number): Check {
  const found = violations.length === 0 ? `none broken in ${calls} calls` : violations.join('; ');
  return { name, ok: violations.length === 0, found };
}

function judgeEvidence({ evidence }: Findings): Check {
  const found = evidence.ok
    ? `${evidence.entries} entries, verified offline with the service's published key ${evidence.kid}`
    : evidence.problem;
  return { name: 'evidence', ok: evidence.ok, found };
}
