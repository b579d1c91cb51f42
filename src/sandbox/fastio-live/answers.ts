import type { Reply } from '../troubled.ts';
import { written } from './state.ts';
import type { Habits } from './world.ts';

/** A success in its envelope. */
export function yes({ wrapped, saysYes }: Habits, fields: object = {}): Reply {
  const envelope = { result: saysYes ? 'yes' : true, status: 'ok', current_api_version: '1.0' };
  return { status: 200, body: wrapped ? { ...envelope, response: fields } : { ...envelope, ...fields } };
}

/** A refusal: its code says more than its status. */
export function no({ saysYes, codesAsText }: Habits, status: number, code: number, text: string): Reply {
  const error = { code: codesAsText ? String(code) : code, text, documentation_url: 'https://docs.fast.io/', resource: 'somewhere' };
  return { status, body: { result: saysYes ? 'no' : false, error } };
}

export interface Limit {
  readonly now: Date;
  readonly seconds: number;
  /** Its end as a time in UTC, or in seconds since 1970. */
  readonly format: 'time' | 'epoch';
}

/** The refusal of a caller who asked too often. */
export function tooOften({ now, seconds, format }: Limit): Reply {
  const end = new Date(now.getTime() + seconds * 1_000);
  const expires = format === 'time' ? `${written(end)} UTC` : String(Math.floor(end.getTime() / 1_000));
  const headers = { date: now.toUTCString(), 'x-ve-limit-avail': '0', 'x-ve-limit-max': '100', 'x-ve-limit-expires': expires };
  return { status: 429, headers, body: { result: false, error: { code: 1671, text: 'Enhance your calm' } } };
}

export interface PageAsked {
  readonly limit: number;
  readonly offset: number;
}

/** One page of a list under its name. */
export function pageOf(habits: Habits, name: string, rows: readonly object[], { limit, offset }: PageAsked): Reply {
  const size = Math.min(limit, habits.pageSize);
  const page = rows.slice(offset, offset + size);
  return yes(habits, {
    [name]: page,
    pagination: { total: rows.length, limit: size, offset, has_more: offset + page.length < rows.length },
  });
}
