import Mustache from 'mustache';
import { messageOf } from '../kernel/errors.ts';
import { EVENTS, type Event, type Happening } from './happening.ts';
import { viewOf } from './view.ts';

const NAMES: readonly string[] = EVENTS.flatMap((event) => [`${event}.txt`, `${event}.html`]);

/** Everything that is wrong with the template in a file: its name, its form, and the names that it asks for. */
export function faultsOf(file: string, text: string): string[] {
  const event = EVENTS.find((one) => file === `${one}.txt` || file === `${one}.html`);
  if (!event) {
    return [`is no template; templates are ${NAMES.join(', ')}`];
  }
  const missing = file.endsWith('.txt') && !/^Subject:\s*\S/.test(text) ? ['does not begin with a line “Subject: …”'] : [];
  try {
    const tokens = Mustache.parse(text) as Token[];
    return [...missing, ...unescaped(tokens), ...unknownNames(tokens, SAMPLES[event])];
  } catch (error) {
    return [...missing, `cannot be read as a template: ${messageOf(error)}`];
  }
}

/** A part of a parsed template: its kind, its text or name, where it stands, and the parts within. */
type Token = readonly [kind: string, value: string, from: number, to: number, parts?: readonly Token[], ...rest: unknown[]];

function unknownNames(tokens: readonly Token[], happened: Happening): string[] {
  const view = viewOf(happened);
  const known = new Set([
    ...Object.keys(view),
    ...Object.values(view).flatMap((value) => (Array.isArray(value) ? value : []).flatMap(Object.keys)),
  ]);
  const wrong = namesIn(tokens).filter(({ kind, name }) => kind === '>' || !(known.has(name) || name === '.'));
  return [...new Set(wrong.map(({ name }) => name))].map(
    (name) => `names {{${name}}}, which ${happened.event} does not have; it has ${[...known].sort().join(', ')}`,
  );
}

/** What people have written must not become a part of the page. */
function unescaped(tokens: readonly Token[]): string[] {
  return namesIn(tokens).flatMap(({ kind, name }) => (kind === '&' ? [`fills in ${name} unescaped; write {{${name}}}`] : []));
}

function namesIn(tokens: readonly Token[]): { kind: string; name: string }[] {
  return tokens.flatMap(([kind, name, , , parts]) => [
    ...(kind === 'text' || kind === '!' || kind === '=' ? [] : [{ kind, name }]),
    ...namesIn(Array.isArray(parts) ? parts : []),
  ]);
}

const PERSON = { email: 'ada@example.com', name: 'Ada Example' };
const CASE = { id: '00000000-0000-4000-8000-000000000000', playbook: 'offboard', person: PERSON, reason: 'because' } as const;
const MOMENT = '2026-01-01T00:00:00.000Z';

/** One happening of each event, with something in every list. */
const SAMPLES: { readonly [E in Event]: Happening } = {
  'case.held': { event: 'case.held', case: CASE },
  'case.attention': { event: 'case.attention', case: CASE },
  'case.completed': { event: 'case.completed', case: CASE, notOffered: [{ target: 'fastio', action: 'notify-successor' }] },
  'target.down': { event: 'target.down', target: 'fastio', since: MOMENT },
  'intake.silent': { event: 'intake.silent', connection: 'okta-main', since: MOMENT, hours: 168 },
  'successor.received': {
    event: 'successor.received',
    target: 'fastio',
    leaver: PERSON,
    workspaces: [{ id: 'w-1', name: 'Designs' }],
    tokens: 1,
    webhooks: [{ id: 'h-1', appId: 'app-1', host: 'hooks.example.com' }],
  },
};
