import { CsvError, type Options, parse } from 'csv-parse/sync';

/** Something that is wrong in a file, and where. */
export interface Fault {
  readonly line: number;
  readonly column: string | null;
  readonly what: string;
}

export interface Row {
  /** The line in which it begins, counted from 1 as editors do. */
  readonly line: number;
  readonly fields: readonly string[];
}

export interface Table {
  readonly head: Row;
  readonly rows: readonly Row[];
  readonly faults: readonly Fault[];
}

const EMPTY: Row = { line: 1, fields: [] };

/**
 * The rows of a CSV file (RFC 4180) in UTF-8, with commas, or with semicolons as spreadsheets write them where the comma is the decimal point.
 * Lines with nothing in them are passed over.
 */
export function openTable(bytes: Uint8Array): Table {
  const text = decode(bytes);
  if (text === null) {
    return broken(1, 'is not text in UTF-8; save it as "CSV UTF-8"');
  }
  try {
    const [head = EMPTY, ...rows] = rowsOf(text);
    return { head, rows, faults: [] };
  } catch (error) {
    if (!(error instanceof CsvError)) {
      throw error;
    }
    const line = Number(error['lines'] ?? 1);
    return broken(line, WORDS[error.code] ?? error.message, nameOfColumn(text, line, error['column']));
  }
}

function decode(bytes: Uint8Array): string | null {
  try {
    // One kind of line end, or lines within quotes are counted twice.
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes).replace(/\r\n?/g, '\n');
  } catch {
    return null;
  }
}

function rowsOf(text: string, options: Options = {}): Row[] {
  const records = parse(text, { ...optionsFor(text), ...options, raw: true, info: true }) as unknown as ParsedRecord[];
  return records.map(({ record, raw, info }) => ({ line: info.lines - linesWithin(raw), fields: record }));
}

interface ParsedRecord {
  readonly record: readonly string[];
  readonly raw: string;
  readonly info: { readonly lines: number };
}

function optionsFor(text: string): Options {
  const head = text.split('\n').find((line) => line.trim() !== '') ?? '';
  const delimiter = head.includes(';') && !head.includes(',') ? ';' : ',';
  return { delimiter, bom: true, trim: true, relax_column_count: true, skip_empty_lines: true, skip_records_with_empty_values: true };
}

/** A record ends in the line that is counted; text in quotes may have begun some lines earlier. */
function linesWithin(raw: string): number {
  return raw.trim().split('\n').length - 1;
}

const WORDS: Readonly<Record<string, string>> = {
  CSV_QUOTE_NOT_CLOSED: 'ends with a quotation mark that was opened and is never closed',
  CSV_INVALID_CLOSING_QUOTE: 'something follows a closing quotation mark; write a quotation mark within quotes twice',
  INVALID_OPENING_QUOTE: 'has a quotation mark in the middle; put the whole field in quotes, and write the mark twice',
};

function broken(line: number, what: string, column: string | null = null): Table {
  return { head: EMPTY, rows: [], faults: [{ line, column, what }] };
}

/** What the first line calls the column that the parser counts; null where that line itself is broken. */
function nameOfColumn(text: string, line: number, index: unknown): string | null {
  const [head = EMPTY] = line > 1 ? rowsOf(text, { to: 1 }) : [];
  return head.fields[Number(index)] ?? null;
}
