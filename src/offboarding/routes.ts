import { createHash } from 'node:crypto';
import { z } from 'zod';
import { operatorName } from '../http/auth.ts';
import type { OperatorRoutes } from '../http/operator-routes.ts';
import { problemView } from '../http/problem.ts';
import { isStorable } from '../kernel/text.ts';
import { CASE_STATES } from './case.ts';
import { INSTRUCTIONS, type Instruction } from './case-event.ts';
import type { OnceKey } from './open-once.ts';
import { previewView } from './preview.ts';
import { type StreamRouteNeeds, streamRoute } from './stream-routes.ts';
import { caseView } from './views.ts';

export type CaseRoutesNeeds = StreamRouteNeeds;

const byId = z.object({ id: z.string() });
const reason = z.string().trim().min(1).max(1_000).refine(isStorable, 'must not hold NUL characters');
const filter = z.string().max(1_000).refine(isStorable, 'must not hold NUL characters');
const answer = z.object({ case: caseView });
const errors = { 400: problemView, 404: problemView, 409: problemView };

/** The operator's routes for cases. */
export function caseRoutes(routes: OperatorRoutes, needs: CaseRoutesNeeds): void {
  createRoute(routes, needs);
  readRoutes(routes, needs);
  instructionRoutes(routes, needs);
  streamRoute(routes, needs);
}

const KEY = /^[\x21-\x7e]{1,255}$/;
const caseRequest = z
  .strictObject({
    email: z.email().max(320),
    playbook: z.enum(['offboard', 'contain']),
    reason,
    dryRun: z.boolean().default(false),
  })
  .meta({
    examples: [
      { email: 'ada@example.com', playbook: 'offboard', reason: 'left on Friday' },
      { email: 'ada@example.com', playbook: 'contain', reason: 'laptop stolen' },
      { email: 'ada@example.com', playbook: 'offboard', reason: 'what would happen?', dryRun: true },
    ],
  });

function createRoute(routes: OperatorRoutes, { offboarding }: CaseRoutesNeeds): void {
  const schema = {
    tags: ['cases'],
    summary: 'Take somebody out, lock somebody out, or see what that would do',
    headers: z.looseObject({
      'idempotency-key': z
        .string()
        .regex(KEY, 'must be 1 to 255 visible ASCII characters')
        .optional()
        .describe(
          'Sent again with the same key within 24 hours, the same request is answered as the first time, and nothing is done twice',
        ),
    }),
    body: caseRequest,
    response: { 200: z.object({ plan: previewView }), 202: answer, 422: problemView, ...errors },
  };
  routes.post('/v1/cases', 'operator', schema, async (request, reply) => {
    const { email, playbook, reason, dryRun } = request.body;
    if (dryRun) {
      return await reply.send({ plan: await offboarding.preview(email, playbook, AbortSignal.timeout(60_000)) });
    }
    const by = operatorName(request);
    const once = onceKey(request.headers['idempotency-key'], by, [email, playbook, reason]);
    const { case: opened, repeated } = await offboarding.open({ email, playbook, reason, by, once });
    if (repeated) {
      reply.header('idempotent-replayed', 'true');
    }
    return await reply.status(202).header('location', `/v1/cases/${opened.id}`).send({ case: opened });
  });
}

/** Keys of different operators never meet. */
function onceKey(key: string | undefined, operator: string, asked: readonly string[]): OnceKey | null {
  const digest = createHash('sha256').update(JSON.stringify(asked)).digest('hex');
  return key === undefined ? null : { operator, key, digest };
}

function readRoutes(routes: OperatorRoutes, { offboarding }: CaseRoutesNeeds): void {
  const querystring = z.strictObject({
    state: z.enum(CASE_STATES).optional(),
    email: filter.optional(),
    target: filter.optional(),
    limit: z.coerce.number().int().min(1).max(200).default(50),
    cursor: z.string().optional(),
  });
  const page = z.object({ items: z.array(caseView), nextCursor: z.string().nullable() });
  routes.get(
    '/v1/cases',
    'viewer',
    { tags: ['cases'], summary: 'Cases, newest first', querystring, response: { 200: page, 400: problemView } },
    async (request) => {
      const { items, nextCursor } = await offboarding.list(request.query);
      return { items, nextCursor };
    },
  );
  routes.get(
    '/v1/cases/:id',
    'viewer',
    { tags: ['cases'], summary: 'A case with its steps and signals', params: byId, response: { 200: caseView, 404: problemView } },
    async (request) => await offboarding.show(request.params.id),
  );
}

const SUMMARIES: Readonly<Record<Instruction, string>> = {
  approve: 'Let a held case go on',
  retry: 'Try again what failed, and at once what waits',
  cancel: 'Take a case back before anything was handed over',
  reverse: 'Take a case back after something was handed over and before the person was removed',
};

function instructionRoutes(routes: OperatorRoutes, { offboarding }: CaseRoutesNeeds): void {
  for (const kind of INSTRUCTIONS) {
    const schema = {
      tags: ['cases'],
      summary: SUMMARIES[kind],
      params: byId,
      body: z.strictObject({ reason }).meta({ examples: [{ reason: 'asked for by their manager' }] }),
      response: { 202: answer, ...errors },
    };
    routes.post(`/v1/cases/:id/${kind}`, 'operator', schema, async (request, reply) => {
      const by = operatorName(request);
      const changed = await offboarding.instruct(request.params.id, kind, { by, reason: request.body.reason });
      return await reply.status(202).send({ case: changed });
    });
  }
}
