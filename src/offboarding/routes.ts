import type { FastifyReply } from 'fastify';
import { z } from 'zod';
import { operatorName, type RequireRole } from '../http/auth.ts';
import type { Http } from '../http/build-http.ts';
import { problemView } from '../http/problem.ts';
import { isStorable } from '../kernel/text.ts';
import type { StoredEntry } from '../ledger/ledger.ts';
import { CASE_STATES } from './case.ts';
import { INSTRUCTIONS, type Instruction } from './case-event.ts';
import type { Offboarding } from './offboarding.ts';
import { previewView } from './preview.ts';
import { type CaseView, caseView } from './views.ts';

export interface CaseRoutesNeeds {
  readonly offboarding: Offboarding;
  readonly requireRole: RequireRole;
  /** Aborted when the server closes: open streams end then. */
  readonly closing: AbortSignal;
}

const byId = z.object({ id: z.string() });
const reason = z.string().trim().min(1).max(1_000).refine(isStorable, 'must not hold NUL characters');
const answer = z.object({ case: caseView });
const errors = { 400: problemView, 401: problemView, 403: problemView, 404: problemView, 409: problemView };
const security = [{ operator: [] }];

/** The operator's routes for cases. */
export function caseRoutes(http: Http, needs: CaseRoutesNeeds): void {
  createRoute(http, needs);
  readRoutes(http, needs);
  instructionRoutes(http, needs);
  streamRoute(http, needs);
}

function createRoute(http: Http, { offboarding, requireRole }: CaseRoutesNeeds): void {
  const body = z.strictObject({
    email: z.email().max(320),
    playbook: z.enum(['offboard', 'contain']),
    reason,
    dryRun: z.boolean().default(false),
  });
  const schema = {
    tags: ['cases'],
    summary: 'Take somebody out, lock somebody out, or see what that would do',
    security,
    body,
    response: { 200: z.object({ plan: previewView }), 202: answer, ...errors },
  };
  http.post('/v1/cases', { schema, onRequest: requireRole('operator') }, async (request, reply) => {
    const { email, playbook, dryRun } = request.body;
    if (dryRun) {
      return await reply.send({ plan: await offboarding.preview(email, playbook, AbortSignal.timeout(60_000)) });
    }
    const opened = await offboarding.open({ email, playbook, reason: request.body.reason, by: operatorName(request) });
    request.log.info({ caseId: opened.id, operator: operatorName(request), playbook }, 'a case was asked for');
    return await reply.status(202).send({ case: opened });
  });
}

function readRoutes(http: Http, { offboarding, requireRole }: CaseRoutesNeeds): void {
  const querystring = z.strictObject({
    state: z.enum(CASE_STATES).optional(),
    email: z.string().optional(),
    target: z.string().optional(),
    limit: z.coerce.number().int().min(1).max(200).default(50),
    cursor: z.string().optional(),
  });
  const page = z.object({ items: z.array(caseView), nextCursor: z.string().nullable() });
  http.get(
    '/v1/cases',
    {
      schema: { tags: ['cases'], summary: 'Cases, newest first', security, querystring, response: { 200: page, ...errors } },
      onRequest: requireRole('viewer'),
    },
    async (request) => {
      const { items, nextCursor } = await offboarding.list(request.query);
      return { items, nextCursor };
    },
  );
  http.get(
    '/v1/cases/:id',
    {
      schema: {
        tags: ['cases'],
        summary: 'A case with its steps and signals',
        security,
        params: byId,
        response: { 200: caseView, ...errors },
      },
      onRequest: requireRole('viewer'),
    },
    async (request) => await offboarding.show(request.params.id),
  );
}

const SUMMARIES: Readonly<Record<Instruction, string>> = {
  approve: 'Let a held case go on',
  retry: 'Try again what failed, and at once what waits',
  cancel: 'Take a case back before anything was handed over',
  reverse: 'Take a case back after something was handed over and before the person was removed',
};

function instructionRoutes(http: Http, { offboarding, requireRole }: CaseRoutesNeeds): void {
  for (const kind of INSTRUCTIONS) {
    const schema = {
      tags: ['cases'],
      summary: SUMMARIES[kind],
      security,
      params: byId,
      body: z.strictObject({ reason }),
      response: { 202: answer, ...errors },
    };
    http.post(`/v1/cases/:id/${kind}`, { schema, onRequest: requireRole('operator') }, async (request, reply) => {
      const by = operatorName(request);
      const changed = await offboarding.instruct(request.params.id, kind, { by, reason: request.body.reason });
      request.log.info({ caseId: changed.id, operator: by, instruction: kind }, 'an operator instructed a case');
      return await reply.status(202).send({ case: changed });
    });
  }
}

function streamRoute(http: Http, { offboarding, requireRole, closing }: CaseRoutesNeeds): void {
  const schema = {
    tags: ['cases'],
    summary: 'What happens to a case, as it is recorded: server-sent events named step and case; Last-Event-ID resumes',
    security,
    params: byId,
    produces: ['text/event-stream'],
  };
  http.get('/v1/cases/:id/stream', { schema, onRequest: requireRole('viewer') }, async (request, reply) => {
    const { id } = request.params;
    await offboarding.show(id);
    const gone = new AbortController();
    reply.raw.on('close', () => gone.abort());
    const signal = AbortSignal.any([gone.signal, closing]);
    openStream(reply);
    for await (const entries of offboarding.follow(id, lastEventId(request.headers['last-event-id']), signal)) {
      const view = await offboarding.show(id);
      reply.raw.write(entries.map((entry) => toEvent(entry, view)).join(''));
    }
    reply.raw.end();
  });
}

function openStream(reply: FastifyReply): void {
  reply.hijack();
  reply.raw.writeHead(200, { 'content-type': 'text/event-stream', 'cache-control': 'no-store', 'x-accel-buffering': 'no' });
  reply.raw.flushHeaders();
}

function lastEventId(header: string | string[] | undefined): number {
  const id = Number(header ?? 0);
  return Number.isSafeInteger(id) && id > 0 ? id : 0;
}

/** The event of an entry: a step's change carries the step as it is now and the kind of change, anything else the state of the case. */
function toEvent({ id, entry }: StoredEntry, view: CaseView): string {
  const step = view.steps.find((one) => one.id === entry.data['step']);
  const about = { at: entry.at, kind: entry.kind, change: entry.data };
  const data = step ? { ...about, step } : { ...about, case: { id: view.id, state: view.state, reason: view.reason } };
  return `id: ${id}\nevent: ${step ? 'step' : 'case'}\ndata: ${JSON.stringify(data)}\n\n`;
}
