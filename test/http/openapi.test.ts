import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { test } from 'node:test';
import { Validator } from '@seriousme/openapi-schema-validator';
import { Ajv2020 } from 'ajv/dist/2020.js';
import addFormats from 'ajv-formats';
import { parse } from 'yaml';

/** The committed description, which `npm run generate -- --check` keeps equal to the code. */
const FILE = path.join(import.meta.dirname, '..', '..', 'openapi.yaml');
const document = parse(await readFile(FILE, 'utf8')) as Description;

interface Media {
  readonly schema?: object;
  readonly example?: unknown;
  readonly examples?: Record<string, { readonly value: unknown }>;
}

interface Operation {
  readonly summary?: string;
  readonly tags?: readonly string[];
  readonly security?: readonly Record<string, readonly string[]>[];
  readonly requestBody?: { readonly content: Record<string, Media> };
  readonly responses: Record<string, { readonly description: string; readonly content?: Record<string, Media> }>;
}

interface Description {
  readonly tags: readonly { readonly name: string }[];
  readonly paths: Record<string, Record<string, Operation>>;
  readonly components: { readonly schemas: Record<string, { readonly examples?: readonly unknown[] }>; readonly securitySchemes: object };
}

const operations = Object.entries(document.paths).flatMap(([where, methods]) =>
  Object.entries(methods).map(([method, operation]) => ({ name: `${method.toUpperCase()} ${where}`, operation })),
);

/** Compiled with the components beside it, to which it may refer. */
function validatorOf(schema: object) {
  const ajv = new Ajv2020({ strict: false, allErrors: true });
  (addFormats as unknown as (ajv: Ajv2020) => void)(ajv);
  return ajv.compile({ ...schema, components: document.components });
}

function assertFits(schema: object, example: unknown, what: string): void {
  const fits = validatorOf(schema);
  assert.ok(fits(example), `${what}: ${JSON.stringify(fits.errors)}`);
}

/** Every example of a body or an answer, with its schema. */
function examplesOf({ schema, example, examples = {} }: Media): { schema: object; example: unknown }[] {
  const all = [...(example === undefined ? [] : [example]), ...Object.values(examples).map(({ value }) => value)];
  return all.map((one) => ({ schema: schema ?? {}, example: one }));
}

const mediaExamples = operations.flatMap(({ name, operation }) => {
  const media = [operation.requestBody, ...Object.values(operation.responses)].flatMap((body) => Object.values(body?.content ?? {}));
  return media.flatMap(examplesOf).map((one) => ({ ...one, name }));
});
const schemaExamples = Object.entries(document.components.schemas).flatMap(([name, schema]) =>
  (schema.examples ?? []).map((example) => ({ name, schema, example })),
);

test('openapi.yaml is valid, as a validator of others has it', async () => {
  const { valid, errors } = await new Validator().validate({ ...structuredClone(document) });
  assert.ok(valid, JSON.stringify(errors));
});

test('the validator would say so if it were not', async () => {
  const broken = { ...structuredClone(document), paths: { '/v1/cases': { get: { summary: 'without answers', responses: 7 } } } };
  assert.equal((await new Validator().validate(broken)).valid, false);
});

test('every example passes the schema that it stands in', () => {
  for (const { name, schema, example } of [...mediaExamples, ...schemaExamples]) {
    assertFits(schema, example, name);
  }
  assert.ok(schemaExamples.some(({ name }) => name === 'Case') && schemaExamples.some(({ name }) => name === 'Problem'));
});

test('an example that lacks something would be found', () => {
  const { schema } = schemaExamples.find(({ name }) => name === 'Case') ?? { schema: {} };
  assert.throws(() => assertFits(schema, { id: 'x' }, 'a case'), /must have required property/);
});

test('every body that somebody sends has an example', () => {
  const silent = operations.filter(({ name, operation }) => operation.requestBody && !mediaExamples.some((one) => one.name === name));
  assert.deepEqual(
    silent.map(({ name }) => name),
    [],
  );
});

test('every POST and every change says what its body is', () => {
  const without = operations.filter(({ name, operation }) => /^(POST|PUT|PATCH) /.test(name) && !operation.requestBody);
  assert.deepEqual(
    without.map(({ name }) => name),
    [],
  );
});

test('every route has a summary and a known tag, and every way to prove who one is exists', () => {
  const tags = new Set(document.tags.map(({ name }) => name));
  for (const { name, operation } of operations) {
    assert.ok(operation.summary, name);
    assert.ok(operation.tags?.every((tag) => tags.has(tag)) && operation.tags.length > 0, name);
    for (const scheme of (operation.security ?? []).flatMap((one) => Object.keys(one))) {
      assert.ok(Object.hasOwn(document.components.securitySchemes, scheme), `${name}: ${scheme}`);
    }
  }
});

test('the routes of operators, and no others under /v1, need an operator; whatever they refuse is a problem', () => {
  const own = operations.filter(({ name }) => / \/v1\//.test(name));
  assert.ok(own.length >= 12);
  for (const { name, operation } of own) {
    assert.deepEqual(operation.security, [{ operator: [] }], name);
    const refusals = Object.entries(operation.responses).filter(([status]) => Number(status) >= 400);
    assert.deepEqual(
      ['401', '403', '429', '503'].filter((status) => !refusals.some(([one]) => one === status)),
      [],
      name,
    );
    for (const [status, { content }] of refusals) {
      assert.deepEqual(content, { 'application/problem+json': { schema: { $ref: '#/components/schemas/Problem' } } }, `${name} ${status}`);
    }
  }
});

test('no answer is described by the generator’s own words', () => {
  const described = operations.flatMap(({ operation }) => Object.values(operation.responses).map(({ description }) => description));
  assert.ok(!described.includes('Default Response') && described.every((text) => text.length > 0));
});
