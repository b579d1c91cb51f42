import { type Answer, NO_CONTENT, notFound, ok, page, refusal } from './answers.ts';
import { transfer } from './behaviour-transfer.ts';
import { CALLS, type CallName, parseObject } from './calls.ts';
import type { RequestRecord } from './journal.ts';
import type { User } from './state.ts';
import { changedBy, settle, type World } from './world.ts';

/** A request whose caller is known and whose call was found. */
export interface CallInput {
  readonly call: CallName;
  readonly params: Readonly<Record<string, string>>;
  readonly query: URLSearchParams;
  readonly text: string;
  readonly contentType: string;
  readonly request: RequestRecord;
}

type UserHandler = (world: World, user: User, input: CallInput) => Answer;

/** Carries the call out, all at once, and says what to answer. */
export function carryOut(world: World, input: CallInput): Answer {
  settle(world);
  return malformed(input) ?? HANDLERS[input.call](world, input);
}

const HANDLERS: Readonly<Record<CallName, (world: World, input: CallInput) => Answer>> = {
  resolve: inOrg(listMembers),
  suspend: ofUser(setStatus('suspended')),
  release: ofUser(setStatus('active')),
  inventory: ofUser(listWorkspaces),
  revokeSessions: ofUser(revokeSessions),
  deleteTokens: ofUser(deleteTokens),
  listWebhooks,
  deleteWebhook,
  transfer: (world, input) => transfer(world, input.params['workspaceId'] ?? '', parseObject(input.text)?.['new_owner_id'], input.request),
  remove: inOrg(ofUser(removeMember)),
  audit: listAudit,
};

function malformed({ call, query, text, contentType }: CallInput): Answer | undefined {
  const shape: { readonly query: readonly string[]; readonly body?: string } = CALLS[call];
  const surprise = [...query.keys()].find((name) => !shape.query.includes(name));
  if (surprise) return refusal('invalid_request', `The parameter ${surprise} is not known here`);
  if (shape.body === undefined) return text === '' ? undefined : refusal('invalid_request', 'This call takes no body');
  if (!/^application\/json\b/i.test(contentType)) return refusal('invalid_request', 'The content type must be application/json');
  const names = Object.keys(parseObject(text) ?? {});
  return names.length === 1 && names[0] === shape.body
    ? undefined
    : refusal('invalid_request', `The body must be a JSON object with ${shape.body} alone`);
}

function inOrg(handler: (world: World, input: CallInput) => Answer) {
  return (world: World, input: CallInput): Answer => {
    const orgId = input.params['orgId'] ?? '';
    return orgId === world.habits.orgId ? handler(world, input) : notFound('organisation', orgId);
  };
}

/** Hands the handler the person the path names; a person removed earlier is as unknown as one who never was. */
function ofUser(handler: UserHandler) {
  return (world: World, input: CallInput): Answer => {
    const userId = input.params['userId'] ?? '';
    const user = world.state.member(userId);
    if (user) return handler(world, user, input);
    if (CALLS[input.call].method !== 'GET' && input.call !== 'remove') world.rules.judgeChange(input.call, userId);
    return notFound('user', userId);
  };
}

function listMembers({ state, habits }: World, { query }: CallInput): Answer {
  const email = habits.ignoreEmailFilter ? null : query.get('email');
  const members = [...state.users.values()]
    .filter((user) => !user.removed && (email === null || user.email.toLowerCase() === email.toLowerCase()))
    .map(({ id, email, name, role, status }) => ({ user_id: id, email, name, role, status }));
  return page('members', members, query, habits.pageSize);
}

function setStatus(status: User['status']): UserHandler {
  return (world, user, { call, text, request }) => {
    if (parseObject(text)?.['status'] !== status) return refusal('invalid_request', 'status must be active or suspended');
    world.rules.judgeChange(call, user.id);
    const before = user.status;
    if (!world.habits.suspendsAnybody && before !== 'active' && before !== 'suspended')
      return refusal('conflict', `User ${user.id} is ${before}`);
    user.status = status;
    if (before !== status) changedBy(world, request, { kind: status === 'active' ? 'user.activated' : 'user.suspended', userId: user.id });
    return ok({ user: { id: user.id, email: user.email, status } });
  };
}

function listWorkspaces({ state, habits }: World, user: User, { query }: CallInput): Answer {
  const rows = state
    .owned(user.id)
    .map(({ id, name, ownerId, storageBytes }) => ({ id, name, owner_id: ownerId, storage_bytes: storageBytes }));
  return page('workspaces', rows, query, habits.pageSize);
}

function revokeSessions(world: World, user: User, { call, request }: CallInput): Answer {
  world.rules.judgeChange(call, user.id);
  const counts = { revoked: user.sessions, locks_released: user.locks };
  user.sessions = 0;
  user.locks = 0;
  if (counts.revoked + counts.locks_released > 0) changedBy(world, request, { kind: 'sessions.revoked', userId: user.id });
  return world.habits.bareAnswers ? NO_CONTENT : ok(counts);
}

function deleteTokens(world: World, user: User, { call, request }: CallInput): Answer {
  world.rules.judgeChange(call, user.id);
  const deleted = user.tokens;
  user.tokens = 0;
  if (deleted > 0) changedBy(world, request, { kind: 'tokens.deleted', userId: user.id });
  return world.habits.bareAnswers ? NO_CONTENT : ok({ deleted });
}

function listWebhooks({ state, habits }: World, { query }: CallInput): Answer {
  const rows = [...state.webhooks.values()].map(({ id, userId, appId, url }) => ({ id, user_id: userId, app_id: appId, url }));
  return page('webhooks', rows, query, habits.pageSize);
}

function deleteWebhook(world: World, { call, params, request }: CallInput): Answer {
  const webhookId = params['webhookId'] ?? '';
  const webhook = world.state.webhooks.get(webhookId);
  if (!webhook) return notFound('webhook', webhookId);
  if (webhook.userId === null) world.rules.report(`${call}: webhook ${webhookId} was deleted, which is nobody's`);
  else world.rules.judgeChange(call, webhook.userId, `webhook ${webhookId}`);
  world.state.webhooks.delete(webhookId);
  changedBy(world, request, { kind: 'webhook.deleted', userId: webhook.userId ?? 'nobody', webhookId });
  return NO_CONTENT;
}

function removeMember(world: World, user: User, { request }: CallInput): Answer {
  const owned = world.state.owned(user.id);
  world.rules.judgeRemoval(user, owned);
  for (const workspace of owned) {
    workspace.orphaned = true;
    delete workspace.pending;
  }
  user.removed = true;
  changedBy(world, request, { kind: 'user.deleted', userId: user.id });
  return NO_CONTENT;
}

function listAudit({ journal, habits }: World, { query }: CallInput): Answer {
  const [userId, event] = [query.get('user_id'), query.get('event')];
  const rows = journal
    .visibleAudit()
    .filter((entry) => (userId === null || entry.userId === userId) && (event === null || entry.event === event))
    .map((entry) => ({
      id: entry.id,
      event: entry.event,
      user_id: entry.userId,
      actor_id: entry.actorId,
      created_at: entry.createdAt.toISOString(),
    }));
  return page('audit_logs', rows, query, habits.pageSize);
}
