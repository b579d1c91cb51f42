import { z } from 'zod';
import { CommandError, EXIT } from '../exit.ts';
import { printable } from '../text.ts';
import { type Fault, openTable, type Row } from './csv-table.ts';

export type Playbook = 'offboard' | 'contain';

/** Somebody whom a file names, and the line in which it does. */
export interface Leaver {
  readonly line: number;
  readonly email: string;
  readonly playbook: Playbook;
  readonly reason: string;
}

const COLUMNS = ['email', 'playbook', 'reason'] as const;
type Column = (typeof COLUMNS)[number];

const FAULTS_SHOWN = 20;

/** As the service takes them, so that nothing is found out only when half of the people have been started. */
const emailSchema = z.email().max(320);
const LONGEST_REASON = 1_000;

/**
 * Everybody whom a CSV file names. Its first line names the columns: `email`, and where wanted `playbook` and `reason`.
 *
 * A file of which any line is wrong is refused as a whole, with everything that is wrong in it. A column that nobody knows is wrong as well: a
 * misspelt `playbook` would take people out who were only to be locked out.
 */
export function readLeavers(bytes: Uint8Array, { file, reason }: { readonly file: string; readonly reason: string }): Leaver[] {
  const { head, rows, faults } = openTable(bytes);
  const found = faults.length > 0 ? { leavers: [], faults } : readRows(head, rows, reason);
  if (found.faults.length > 0) {
    throw refusal(file, found.faults);
  }
  return found.leavers;
}

function readRows(head: Row, rows: readonly Row[], reason: string): { leavers: Leaver[]; faults: readonly Fault[] } {
  const columns = head.fields.map((name) => name.toLowerCase());
  const faults = faultsOfHead(columns, rows);
  if (faults.length > 0) {
    return { leavers: [], faults };
  }
  const leavers = rows.map((row) => toLeaver(columns, row, reason));
  return { leavers: leavers.map(({ leaver }) => leaver), faults: [...leavers.flatMap((one) => one.faults), ...duplicates(leavers)] };
}

function faultsOfHead(columns: readonly string[], rows: readonly Row[]): Fault[] {
  const known = `the columns are ${COLUMNS.join(', ')}`;
  const unknown = columns.filter((name) => !COLUMNS.some((column) => column === name));
  const twice = columns.filter((name, index) => columns.indexOf(name) !== index);
  const missing = columns.includes('email') ? [] : [{ line: 1, column: null, what: `names no column email; ${known}` }];
  const nobody = rows.length > 0 ? [] : [{ line: 1, column: null, what: 'is followed by nobody' }];
  return [
    ...missing,
    ...unknown.map((name) => ({ line: 1, column: name || '(without a name)', what: `is not known; ${known}` })),
    ...twice.map((name) => ({ line: 1, column: name, what: 'stands there twice' })),
    ...nobody,
  ];
}

interface ReadRow {
  readonly leaver: Leaver;
  readonly faults: readonly Fault[];
}

function toLeaver(columns: readonly string[], { line, fields }: Row, otherwise: string): ReadRow {
  const field = (name: Column): string => fields[columns.indexOf(name)] ?? '';
  const [email, playbook, reason] = [field('email'), field('playbook').toLowerCase() || 'offboard', field('reason') || otherwise];
  const wrong = (column: Column | null, what: string): Fault => ({ line, column, what });
  const faults = [
    fields.length > columns.length &&
      wrong(null, `has ${fields.length} fields, and the first line ${columns.length}; put text with commas in quotes`),
    !emailSchema.safeParse(email).success && wrong('email', email === '' ? 'is empty' : `"${email}" is not an e-mail address`),
    !isPlaybook(playbook) && wrong('playbook', `"${field('playbook')}" is neither offboard nor contain`),
    reason.length > LONGEST_REASON && wrong('reason', `is longer than ${LONGEST_REASON} characters`),
    reason.includes('\0') && wrong('reason', 'holds a NUL character'),
  ].filter((fault) => fault !== false);
  return { leaver: { line, email, playbook: isPlaybook(playbook) ? playbook : 'offboard', reason }, faults };
}

function isPlaybook(text: string): text is Playbook {
  return text === 'offboard' || text === 'contain';
}

function duplicates(rows: readonly ReadRow[]): Fault[] {
  const first = new Map<string, number>();
  return rows.flatMap(({ leaver: { email, line }, faults }) => {
    const key = email.toLowerCase();
    const before = first.get(key);
    first.set(key, before ?? line);
    return before === undefined || faults.length > 0 ? [] : [{ line, column: 'email', what: `${email} stands in line ${before} already` }];
  });
}

function refusal(file: string, faults: readonly Fault[]): CommandError {
  const inOrder = [...faults].sort((a, b) => a.line - b.line);
  const lines = inOrder
    .slice(0, FAULTS_SHOWN)
    .map(({ line, column, what }) => `line ${line}${column === null ? '' : `, column ${column}`}: ${what}`);
  const more = faults.length > FAULTS_SHOWN ? [`and ${faults.length - FAULTS_SHOWN} more`] : [];
  const list = [...lines, ...more].map((line) => `\n  ${printable(line)}`).join('');
  return new CommandError(EXIT.usage, `Nothing was started, because ${file} cannot be taken as it is:${list}`);
}
