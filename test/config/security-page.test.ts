import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { test } from 'node:test';
import type { z } from 'zod';
import { configSchema } from '../../src/config/schema.ts';

const PAGE = await readFile(path.join(import.meta.dirname, '..', '..', 'SECURITY.md'), 'utf8');

/** Not of the schema: what is kept as a hash, what is no secret but opens as much, and the one file that Leaver makes itself. */
const BESIDES = ['operators.tokens', 'operators.oidc', 'evidence-key.json'];

interface Definition {
  readonly type: string;
  readonly shape?: Record<string, z.core.$ZodType>;
  readonly options?: readonly z.core.$ZodType[];
  readonly [member: string]: unknown;
}

/** Where secrets stand: a member of a connection or a target under its kind, so `okta.eventHook.secrets`. */
function secretsIn(schema: z.core.$ZodType, where: readonly string[] = []): string[] {
  const definition = schema._zod.def as unknown as Definition;
  if (definition.type === 'custom') {
    return [where.join('.')];
  }
  if (definition.shape) {
    const kind = kindOf(definition.shape['kind']);
    const base = kind === null ? where : [kind];
    return Object.entries(definition.shape).flatMap(([key, member]) => secretsIn(member, [...base, key]));
  }
  const inner = ['innerType', 'element', 'in', 'out', 'valueType'].map((member) => definition[member]).filter(isSchema);
  return [...inner, ...(definition.options ?? [])].flatMap((one) => secretsIn(one, where));
}

function isSchema(value: unknown): value is z.core.$ZodType {
  return typeof value === 'object' && value !== null && '_zod' in value;
}

function kindOf(schema: z.core.$ZodType | undefined): string | null {
  const values = (schema?._zod.def as { readonly values?: readonly string[] } | undefined)?.values;
  return values?.[0] ?? null;
}

test('SECURITY.md says of every secret of the configuration what it opens, what follows when it leaks, and how to change it; and of no other', () => {
  const rows = PAGE.slice(PAGE.indexOf('## What each secret opens'))
    .split('\n')
    .filter((line) => line.startsWith('| `'))
    .map((line) => line.split('|').map((cell) => cell.trim()));
  const written = rows.map(([, name = '']) => /^`([^`]+)`/.exec(name)?.[1] ?? name);
  const known = [...new Set(secretsIn(configSchema)), ...BESIDES];
  assert.ok(known.length > 10, 'the walk through the schema no longer finds the secrets');
  assert.deepEqual(written.toSorted(), known.toSorted());
  assert.deepEqual(
    rows.filter((cells) => cells.slice(2, 5).some((cell) => cell.length < 8)),
    [],
  );
});
