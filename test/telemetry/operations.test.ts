import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { test } from 'node:test';
import { parser } from '@prometheus-io/lezer-promql';
import { parse } from 'yaml';
import { z } from 'zod';
import { METRICS } from '../../src/telemetry/catalogue.ts';

const ROOT = path.join(import.meta.dirname, '..', '..');
const RULES = path.join(ROOT, 'ops', 'alert-rules.yaml');
const DASHBOARD = path.join(ROOT, 'ops', 'grafana-dashboard.json');

/** https://prometheus.io/docs/prometheus/latest/configuration/alerting_rules/ */
const rule = z.strictObject({
  alert: z.string().regex(/^Leaver[A-Za-z]+$/),
  expr: z.string(),
  for: z
    .string()
    .regex(/^\d+[smhd]$/)
    .optional(),
  labels: z.strictObject({ severity: z.enum(['page', 'ticket']) }),
  annotations: z.strictObject({ summary: z.string(), action: z.string() }),
});
const rules = z.strictObject({ groups: z.array(z.strictObject({ name: z.string(), rules: z.array(rule).min(1) })).min(1) });

const panel = z.looseObject({
  id: z.int(),
  title: z.string(),
  gridPos: z.strictObject({ h: z.int(), w: z.int(), x: z.int(), y: z.int() }),
  targets: z.array(z.looseObject({ expr: z.string() })).optional(),
});
const dashboard = z.looseObject({ uid: z.string(), title: z.string(), schemaVersion: z.int(), panels: z.array(panel).min(1) });

async function readRules(): Promise<z.infer<typeof rule>[]> {
  return rules.parse(parse(await readFile(RULES, 'utf8'))).groups.flatMap((group) => group.rules);
}

async function readPanels(): Promise<z.infer<typeof panel>[]> {
  return dashboard.parse(JSON.parse(await readFile(DASHBOARD, 'utf8'))).panels;
}

/** Where the grammar of Prometheus does not understand an expression. */
function mistakesIn(expression: string): string[] {
  const mistakes: string[] = [];
  parser.parse(expression).iterate({
    enter: ({ type, from }) => {
      if (type.isError) mistakes.push(`${expression} at ${from}`);
    },
  });
  return mistakes;
}

/** Names of metrics that are asked for, with the labels by which they are chosen or grouped in the same expression. */
function askedIn(expression: string): { readonly names: readonly string[]; readonly labels: readonly string[] } {
  const names: string[] = [];
  const labels: string[] = [];
  parser.parse(expression).iterate({
    enter: ({ type, from, to }) => {
      if (type.name === 'VectorSelector') names.push(/^\w+/.exec(expression.slice(from, to))?.[0] ?? '');
      if (type.name === 'LabelName') labels.push(expression.slice(from, to));
    },
  });
  return { names, labels };
}

const OF_PROMETHEUS = new Set(['up']);
const LABELS_OF_PROMETHEUS = ['job', 'instance', 'le'];
const SAMPLES = new Map(
  METRICS.flatMap(({ name, kind, labels }) =>
    (kind === 'histogram' ? ['_bucket', '_sum', '_count'] : ['']).map((suffix) => [`${name}${suffix}`, labels] as const),
  ),
);

/** Grafana puts a duration in the place of its variables. */
function asPrometheus(expression: string): string {
  return expression.replaceAll(/\$__(?:rate_)?interval/g, '5m');
}

function objectionsTo(expression: string): string[] {
  const { names, labels } = askedIn(expression);
  const unknown = names.filter((name) => !SAMPLES.has(name) && !OF_PROMETHEUS.has(name));
  const known = new Set([...LABELS_OF_PROMETHEUS, ...names.flatMap((name) => SAMPLES.get(name) ?? [])]);
  return [...unknown, ...labels.filter((label) => !known.has(label)).map((label) => `${label} in ${expression}`)];
}

test('every expression of an alert and of the dashboard is one that Prometheus understands', async () => {
  const expressions = [
    ...(await readRules()).map(({ expr }) => expr),
    ...(await readPanels()).flatMap(({ targets = [] }) => targets.map(({ expr }) => asPrometheus(expr))),
  ];
  assert.ok(expressions.length > 30);
  assert.deepEqual(expressions.flatMap(mistakesIn), []);
  assert.ok(mistakesIn('sum by (x (y)').length > 0, 'the grammar finds a mistake');
  // What Prometheus itself says, where it is at hand.
  const { error, status, stderr } = spawnSync('promtool', ['check', 'rules', RULES], { encoding: 'utf8' });
  assert.ok(status === 0 || (error as NodeJS.ErrnoException | undefined)?.code === 'ENOENT', stderr);
});

test('every metric and label that an alert or the dashboard asks for exists, and the dashboard shows every metric', async () => {
  const alerts = (await readRules()).map(({ expr }) => expr);
  const shown = (await readPanels()).flatMap(({ targets = [] }) => targets.map(({ expr }) => asPrometheus(expr)));
  assert.deepEqual([...alerts, ...shown].flatMap(objectionsTo), []);
  const seen = new Set(shown.flatMap((expression) => askedIn(expression).names));
  const missing = METRICS.filter(({ name }) => ![name, `${name}_bucket`].some((one) => seen.has(one)));
  assert.deepEqual(
    missing.map(({ name }) => name),
    [],
  );
});

test('no two panels of the dashboard lie on each other', async () => {
  const panels = await readPanels();
  assert.equal(new Set(panels.map(({ id }) => id)).size, panels.length);
  const cells = panels.flatMap(({ gridPos: { x, y, w, h } }) =>
    Array.from({ length: w * h }, (_, index) => `${x + (index % w)} ${y + Math.floor(index / w)}`),
  );
  assert.equal(new Set(cells).size, cells.length);
  assert.ok(panels.every(({ gridPos: { x, w } }) => x + w <= 24));
});

test('docs/metrics.md lists every metric as it is, and no other', async () => {
  const page = await readFile(path.join(ROOT, 'docs', 'metrics.md'), 'utf8');
  const listed = [...page.matchAll(/^\| `(\w+)` \| (\w+)(?:, shared)? \|([^|]*)\|/gm)].map(([, name, kind, labels = '']) => ({
    name,
    kind,
    labels: [...labels.matchAll(/`(\w+)`/g)].map(([, label]) => label),
  }));
  assert.deepEqual(
    listed,
    METRICS.map(({ name, kind, labels }) => ({ name, kind, labels: [...labels] })),
  );
});
