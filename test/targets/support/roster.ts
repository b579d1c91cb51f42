import path from 'node:path';
import type { TestContext } from 'node:test';
import { type Reply, startTroubled, type TroubledServer } from '../../../src/sandbox/troubled.ts';
import type { Target } from '../../../src/targets/target.ts';
import { projectFrom } from '../../support/page-project.ts';

/** The settings of the target that `docs/writing-a-target.md` makes. */
export interface RosterSettings {
  readonly id: string;
  readonly baseUrl: string;
  readonly token: string;
  readonly ownAccountId: string;
  readonly http: unknown;
  readonly clock: unknown;
  readonly log: unknown;
}

/** The target, out of the page itself. */
export async function rosterFromPage(): Promise<(settings: RosterSettings) => Target> {
  const file = path.join(await projectFrom('writing-a-target.md'), 'src', 'targets', 'roster', 'roster.ts');
  const { createRosterTarget } = (await import(file)) as { createRosterTarget: (settings: RosterSettings) => Target };
  return createRosterTarget;
}

export interface Roster extends TroubledServer {
  readonly people: Map<string, string>;
  /** How often somebody was really removed. */
  removals(): number;
}

/** The Roster of the page: a list of people, three on a page, and a call that removes one of them. */
export async function startRoster(t: TestContext, token: string, people: Readonly<Record<string, string>>): Promise<Roster> {
  const there = new Map(Object.entries(people));
  let removals = 0;
  const server = await startTroubled(0, ({ method, url, headers }): Reply => {
    if (headers['authorization'] !== `Bearer ${token}`) return { status: 401, body: { error: 'unauthorized' } };
    if (method === 'GET' && url.pathname === '/people') return { status: 200, body: pageOf(there, url.searchParams.get('after') ?? '') };
    const id = /^\/people\/([^/]+)$/.exec(url.pathname)?.[1];
    if (method !== 'DELETE' || id === undefined) return { status: 500, body: { error: `there is no ${method} ${url.pathname}` } };
    if (!there.delete(decodeURIComponent(id))) return { status: 404, body: { error: 'not found' } };
    removals += 1;
    return { status: 204 };
  });
  t.after(async () => await server.close());
  return { ...server, people: there, removals: () => removals };
}

const PAGE = 3;

function pageOf(people: ReadonlyMap<string, string>, after: string) {
  const rows = [...people].map(([id, email]) => ({ id, email })).filter(({ id }) => id > after);
  return { data: rows.slice(0, PAGE), next: rows.length > PAGE ? (rows[PAGE - 1]?.id ?? null) : null };
}
