import type { z } from 'zod';
import { type Fault, type Path, pathText } from './faults.ts';
import { nearest } from './nearest.ts';

/** The faults that zod's issues stand for: one a setting, the first of each. */
export function explainIssues(issues: readonly z.core.$ZodIssue[]): Fault[] {
  const byPath = new Map<string, Fault>();
  for (const fault of issues.flatMap(explainIssue)) {
    const key = pathText(fault.path);
    if (!byPath.has(key)) byPath.set(key, fault);
  }
  return [...byPath.values()];
}

function explainIssue(issue: z.core.$ZodIssue): Fault[] {
  const path = issue.path.map((part) => (typeof part === 'number' ? part : String(part)));
  if (issue.code === 'unrecognized_keys') return issue.keys.map((key) => unknownKey([...path, key], key, issue.message.split(' ')));
  if (issue.code === 'invalid_key') return [{ path, text: 'is not an event type; write it with dots, as in user.lifecycle.suspend' }];
  return [{ path, text: issue.message }];
}

function unknownKey(path: Path, key: string, known: readonly string[]): Fault {
  const meant = nearest(/^[\w-]+/.exec(key)?.[0] ?? '', known);
  const right = meant === undefined ? `known here are ${known.join(', ')}` : `did you mean ${meant}?`;
  return { path, text: `is not a setting; ${right}` };
}
