import type { JsonObject } from '../../kernel/json.ts';
import { DOWN } from '../../outbound/outbound.ts';
import type { Fault } from '../fault.ts';
import type { Attempt } from './attempt.ts';
import type { Profile, Workspace } from './schemas.ts';

const MOST_LINKS = 1000;

/** What the leaver may have left in use, by name and never by value. What cannot be read is said to be unread; it holds nothing up. */
export async function readLeftBehind(
  attempt: Attempt,
  profile: Profile,
  userId: string,
  workspaces: readonly Workspace[],
): Promise<JsonObject> {
  const unread: string[] = [];
  const repositories = await readKeys(attempt, workspaces, unread);
  const scheduledTasks = await readTasks(attempt, profile, userId, unread);
  const pendingLinks = await readLinks(attempt, userId, unread);
  return { repositories, scheduledTasks, pendingLinks, unread };
}

async function readKeys({ api }: Attempt, workspaces: readonly Workspace[], unread: string[]): Promise<JsonObject[]> {
  const found: JsonObject[] = [];
  let down: Fault | undefined;
  for (const { id } of workspaces) {
    // A call that does not answer once is not waited for again and again.
    const answer = down ?? (await api.repositories(id));
    if (answer.kind === 'fault') {
      unread.push(unreadOf(`the repositories of workspace ${id}`, answer));
      if (DOWN.has(answer.cause)) down = answer;
      continue;
    }
    for (const repo of answer.body.repos) {
      found.push({ workspaceId: id, repositoryId: repo.id, apiKeys: idsOf(repo.apiKeys), aiApiKeys: idsOf(repo.aiApiKeys) });
    }
  }
  return found;
}

function idsOf(keys: readonly { readonly id: string; readonly deletedAt?: string | null | undefined }[] | null | undefined): string[] {
  return (keys ?? []).filter(({ deletedAt }) => !deletedAt).map(({ id }) => id);
}

async function readTasks({ api }: Attempt, { orgId }: Profile, userId: string, unread: string[]): Promise<string[]> {
  if (!orgId) return [];
  const answer = await api.scheduledTasks(orgId);
  if (answer.kind === 'answer')
    return answer.body.tasks.filter((task) => task.user_id === userId && task.active !== false).map(({ id }) => id);
  unread.push(unreadOf('the scheduled tasks', answer));
  return [];
}

async function readLinks({ api }: Attempt, userId: string, unread: string[]): Promise<string[]> {
  const found = new Set<string>();
  for (let skip = 0; skip < MOST_LINKS; ) {
    const answer = await api.pendingLinks(skip);
    if (answer.kind === 'fault') {
      unread.push(unreadOf('the pending links', answer));
      break;
    }
    const { links, total } = answer.body;
    for (const { id } of links.filter(({ createdBy }) => createdBy === userId)) found.add(id);
    skip += links.length;
    if (links.length === 0 || skip >= (total ?? 0)) break;
  }
  return [...found];
}

function unreadOf(what: string, { cause, status }: Fault): string {
  return `${what} could not be read (${status ?? cause}): look there by hand`;
}
