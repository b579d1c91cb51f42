import type { CaseAnswer, PlanAnswer } from '../answers.ts';
import { toneOfState } from '../case-view.ts';
import { say } from '../output.ts';
import { type Column, renderTable } from '../table.ts';
import type { Terminal } from '../terminal.ts';
import { printable } from '../text.ts';
import { people } from './confirm.ts';
import type { Leaver } from './leavers.ts';
import { createProgress, type Progress } from './progress.ts';
import { needsPerson } from './standing.ts';

/** What is told of one person of a file. */
export type Telling =
  | { readonly event: 'already' | 'started' | 'settled'; readonly case: CaseAnswer }
  | { readonly event: 'planned'; readonly plan: PlanAnswer }
  | { readonly event: 'failed'; readonly problem: string };

export interface Outcome {
  readonly started: number;
  readonly already: number;
  readonly failed: number;
  /** Those for whom somebody must do something. */
  readonly needy: readonly CaseAnswer[];
}

/** Tells how it goes: to people in words with a bar, to programs with a JSON object on a line for each thing that happens. */
export interface Reporter {
  /** Something begins that is done for so many. */
  phase(what: string, total: number): Progress & { tell(leaver: Leaver, telling: Telling): void };
  /** Before anything is started: who would be, with what, and who would not. */
  overview(starting: readonly PlannedLeaver[], already: readonly CaseAnswer[]): void;
  summary(people: number, outcome: Outcome): void;
}

export interface PlannedLeaver {
  readonly leaver: Leaver;
  readonly plan: PlanAnswer;
}

export function createReporter(terminal: Terminal, json: boolean): Reporter {
  return json ? forPrograms() : forPeople(terminal);
}

function forPrograms(): Reporter {
  return {
    phase: () => ({
      step: () => undefined,
      close: () => undefined,
      tell: ({ line, email, playbook }, { event, ...about }) => say(JSON.stringify({ event, line, email, playbook, ...about })),
    }),
    overview: () => undefined,
    summary: (count, { needy, ...outcome }) =>
      say(JSON.stringify({ event: 'summary', people: count, ...outcome, needPerson: needy.length })),
  };
}

function forPeople(terminal: Terminal): Reporter {
  return {
    phase: (what, total) => {
      const progress = createProgress(terminal, what, total);
      return { ...progress, tell: (leaver, telling) => progress.step(...linesOf(leaver, telling, terminal)) };
    },
    overview: (starting, already) => say(...renderOverview(starting, terminal), ...renderAlready(already, terminal)),
    summary: (count, outcome) => say(...renderSummary(count, outcome, terminal)),
  };
}

/** Only what happens is worth a line; what is looked up is shown all at once in the overview. */
function linesOf({ email }: Leaver, telling: Telling, { paint }: Terminal): string[] {
  switch (telling.event) {
    case 'already':
    case 'planned':
      return [];
    case 'started':
      return [printable(`${email}  started  ${telling.case.id}`)];
    case 'settled':
      return [`${printable(email)}  ${paint(toneOfState(telling.case.state), telling.case.state)}  ${telling.case.id}`];
    case 'failed':
      return [paint('bad', printable(`${email}  not started: ${telling.problem}`))];
  }
}

const OVERVIEW: readonly Column[] = [
  { title: 'PERSON', shrinksTo: 12 },
  { title: 'PLAYBOOK', dropped: 1 },
  { title: 'WHAT WOULD HAPPEN', shrinksTo: 24 },
];

function renderOverview(starting: readonly PlannedLeaver[], terminal: Terminal): string[] {
  if (starting.length === 0) {
    return ['Nobody is to be started.'];
  }
  const rows = starting.map(({ leaver: { email, playbook }, plan }) => [
    { text: email },
    { text: playbook },
    { text: prospectOf(plan), tone: standsInTheWay(plan) ? ('bad' as const) : ('plain' as const) },
  ]);
  return renderTable(OVERVIEW, rows, terminal);
}

function standsInTheWay({ hold, targets }: PlanAnswer): boolean {
  return hold !== null || targets.every(({ account }) => account !== 'found') || targets.some(({ problem }) => problem !== null);
}

function prospectOf({ hold, targets }: PlanAnswer): string {
  const parts = targets.map(({ target, account, steps, problem }) => {
    const handedOver = steps.filter(({ phase }) => phase === 'transfer').length;
    const transfers = handedOver === 0 ? '' : ` (${handedOver} handed over)`;
    return problem ?? `${target} ${account === 'found' ? `${steps.length} steps${transfers}` : `account ${account}`}`;
  });
  return [...(hold === null ? [] : [`held: ${hold}`]), ...parts].join('; ');
}

const CASES: readonly Column[] = [{ title: '' }, { title: '', shrinksTo: 12 }, { title: '' }, { title: '' }, { title: '', shrinksTo: 16 }];

function renderAlready(cases: readonly CaseAnswer[], terminal: Terminal): string[] {
  if (cases.length === 0) {
    return [];
  }
  const note = 'Who has come back since, and leaves once more, is started with --again where the case is over.';
  return [
    '',
    `A case already, so that it is not started again: ${people(cases.length)}`,
    ...rowsOf(cases, terminal),
    terminal.paint('quiet', note),
  ];
}

function rowsOf(cases: readonly CaseAnswer[], terminal: Terminal): string[] {
  const rows = cases.map(({ person, playbook, state, reason, id }) => [
    { text: `  ${state}`, tone: toneOfState(state) },
    { text: person.email },
    { text: playbook },
    { text: id, tone: 'quiet' as const },
    { text: reason ?? '', tone: 'quiet' as const },
  ]);
  return renderTable(CASES, rows, terminal);
}

function renderSummary(count: number, { started, already, failed, needy }: Outcome, terminal: Terminal): string[] {
  const failures = failed === 0 ? '' : `, ${failed} could not be started`;
  const head = terminal.paint('strong', `${people(count)}: ${started} started, ${already} had a case already${failures}.`);
  return ['', head, ...(needy.length === 0 ? [] : ['A person is needed:', ...rowsOf(needy.filter(needsPerson), terminal)])];
}
