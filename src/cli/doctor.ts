import { type ConnectionAnswer, connectionsAnswer, type ReadyAnswer, readyAnswer, type TargetAnswer, targetsAnswer } from './answers.ts';
import type { Service } from './service.ts';
import type { Terminal, Tone } from './terminal.ts';
import { fit, printable, widthOf } from './text.ts';

interface Finding {
  readonly what: string;
  readonly verdict: string;
  readonly detail: string;
}

/** One thing that was looked at from all sides. */
interface Section {
  readonly part: 'service' | 'connection' | 'target';
  readonly id: string;
  readonly kind: string;
  readonly checks: readonly Finding[];
}

export interface Examination {
  /** How many checks have the verdict `fix`. */
  readonly toFix: number;
  readonly sections: readonly Section[];
}

/** Has the service try everything that reading can try. While its database is gone it can try nothing else. */
export async function examine(service: Service): Promise<Examination> {
  const ready = await service.probe('/readyz', readyAnswer);
  const sections = [serviceSection(service.url, ready), ...(hasDatabase(ready) ? await examineOthers(service) : [])];
  const toFix = sections.flatMap(({ checks }) => checks).filter(({ verdict }) => verdict === 'fix').length;
  return { toFix, sections };
}

async function examineOthers(service: Service): Promise<Section[]> {
  const [connections, targets] = await Promise.all([service.get('/v1/connections'), service.get('/v1/targets')]);
  return [...connections.read(connectionsAnswer).items.map(connectionSection), ...targets.read(targetsAnswer).items.map(targetSection)];
}

function hasDatabase({ checks }: ReadyAnswer): boolean {
  return checks.every(({ name, ok }) => name !== 'database' || ok);
}

const ADVICE: Readonly<Record<string, string>> = {
  accepting: 'it is being stopped, and takes nothing more',
  database: 'it does not answer: check that PostgreSQL runs, and database.url. Nothing else was looked at',
  migrations: 'the tables are not those of this version: start the service of this version once, and see its log',
  worker: 'no work is done at present: see the log, and start the service anew if it does not come back by itself',
};

function serviceSection(url: string, { checks }: ReadyAnswer): Section {
  const findings = checks.map(({ name, ok }) => ({
    what: name,
    verdict: ok ? 'fine' : 'fix',
    detail: ok ? 'in order' : (ADVICE[name] ?? 'it is not in order: see the log of the service'),
  }));
  return { part: 'service', id: url, kind: 'leaver', checks: findings };
}

function connectionSection({ id, kind, checks }: ConnectionAnswer): Section {
  return { part: 'connection', id, kind, checks };
}

function targetSection({ id, kind, reachable, detail, downSince, checks, capabilities }: TargetAnswer): Section {
  const since = downSince === null ? '' : ` (nothing but this is asked of it since ${downSince})`;
  const reach = { what: 'answer', verdict: reachable ? 'fine' : 'fix', detail: detail + since };
  return { part: 'target', id, kind, checks: [reach, ...checks, offer(capabilities)] };
}

/** What the target cannot do is nothing that anybody could mend. */
function offer(capabilities: TargetAnswer['capabilities']): Finding {
  const groups = Map.groupBy(Object.entries(capabilities), ([, { support }]) => support);
  const said = [...groups].map(([support, names]) => `${SUPPORT[support] ?? support}: ${names.map(([name]) => name).join(', ')}`);
  return { what: 'capabilities', verdict: 'fine', detail: said.join('; ') };
}

const SUPPORT: Readonly<Record<string, string>> = { yes: 'offered', 'not-offered': 'not offered', 'self-only': 'only for oneself' };

const LOOKS: Readonly<Record<string, { readonly mark: string; readonly tone: Tone }>> = {
  fine: { mark: '✓', tone: 'good' },
  unclear: { mark: '?', tone: 'busy' },
  fix: { mark: '✗', tone: 'bad' },
};

/** A line a check. None is shortened: what to do stands at their ends. */
export function renderExamination({ toFix, sections }: Examination, terminal: Terminal): string[] {
  const width = Math.max(...sections.flatMap(({ checks }) => checks.map(({ what }) => widthOf(printable(what)))));
  const lines = sections.flatMap(({ part, id, kind, checks }) => [
    `${terminal.paint('strong', `${part} ${printable(id)}`)} (${printable(kind)})`,
    ...checks.map((check) => renderCheck(check, width, terminal)),
    '',
  ]);
  return [...lines, ...(toFix === 0 ? ['Nothing has to be mended.'] : [])];
}

function renderCheck({ what, verdict, detail }: Finding, width: number, { paint }: Terminal): string {
  const { mark, tone } = LOOKS[verdict] ?? { mark: ' ', tone: 'plain' };
  return `  ${paint(tone, mark)}  ${fit(printable(what), width)}  ${printable(detail)}`;
}
