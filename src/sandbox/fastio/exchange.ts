import type { ServerResponse } from 'node:http';
import { type Answer, notFound, refusal } from './answers.ts';
import { carryOut } from './behaviour.ts';
import { type Arrival, type CallName, type FoundCall, findCall } from './calls.ts';
import { type FaultBook, takesEffect } from './faults.ts';
import type { HoldPoint, Holds } from './holds.ts';
import type { Ending, RequestRecord } from './journal.ts';
import type { ScenarioRunner } from './scenario.ts';
import { type Line, reset, sendAnswer, sendFault, sendInHalves } from './wire.ts';
import type { World } from './world.ts';

export interface ExchangeNeeds {
  readonly world: World;
  readonly faults: FaultBook;
  readonly holds: Holds;
  readonly runner: ScenarioRunner;
  readonly token: string;
  readonly latencyMs: (call: CallName) => number;
  /** Where a redirect leads. */
  readonly trapOrigin: () => string;
  readonly closing: AbortSignal;
}

/** Answers one request and keeps its record. A client that gives up stops nothing: what has arrived goes on. */
export async function exchange(needs: ExchangeNeeds, arrival: Arrival, response: ServerResponse): Promise<void> {
  const found = findCall(arrival);
  const record = needs.world.journal.arrived(factsOf(arrival, found));
  const line = lineOf(needs, record, response);
  const refused = refuse(needs, arrival, found, record);
  if (refused || !found) return await sendAnswer(line, refused ?? notFound('call', arrival.url.pathname));
  await answerCall(needs, arrival, found, record, line);
}

function factsOf({ method, url, headers }: Arrival, found: FoundCall | undefined) {
  const key = headers['idempotency-key'];
  return {
    call: found?.name ?? 'unknown',
    method,
    path: url.pathname + url.search,
    userId: found?.params['userId'] ?? url.searchParams.get('user_id'),
    workspaceId: found?.params['workspaceId'] ?? null,
    webhookId: found?.params['webhookId'] ?? null,
    email: url.searchParams.get('email'),
    idempotencyKey: typeof key === 'string' && key !== '' ? key : null,
  } as const;
}

function lineOf({ world: { clock }, closing }: ExchangeNeeds, record: RequestRecord, response: ServerResponse): Line {
  const start = clock.monotonic();
  const ended = (ending: Ending): void => {
    record.status = ending;
    record.tookMs = clock.monotonic() - start;
  };
  return { response, clock, closing, ended };
}

/** What is refused, and reported, before the call itself is looked at. */
function refuse(
  { world, token }: ExchangeNeeds,
  arrival: Arrival,
  found: FoundCall | undefined,
  record: RequestRecord,
): Answer | undefined {
  const what = `${arrival.method} ${arrival.url.pathname}`;
  const { authorization } = arrival.headers;
  if (!found) world.rules.report(`unknown route: ${what}`);
  if (!authorization) world.rules.report(`no token: ${what}`);
  if (authorization !== `Bearer ${token}`) return refusal('unauthorized', 'The bearer token is missing or not valid');
  if (found && arrival.method !== 'GET' && !record.idempotencyKey) world.rules.report(`no idempotency key: ${what}`);
  return undefined;
}

async function answerCall(needs: ExchangeNeeds, arrival: Arrival, found: FoundCall, record: RequestRecord, line: Line): Promise<void> {
  const fault = needs.faults.take(record);
  await wait(needs, needs.latencyMs(found.name));
  const answer = !fault || takesEffect(fault) ? await takeEffect(needs, arrival, found, record) : NOT_CARRIED_OUT;
  if (!answer) reset(line);
  else if (fault) await sendFault(line, fault, answer, needs.trapOrigin() + record.path);
  else await answerWhole(needs, record, line, answer);
}

async function answerWhole({ holds }: ExchangeNeeds, record: RequestRecord, line: Line, answer: Answer): Promise<void> {
  const stand = holds.take(record, 'mid-answer');
  await (stand ? sendInHalves(line, answer, stand) : sendAnswer(line, answer));
}

/** A fault that precedes the effect never shows an answer of the call. */
const NOT_CARRIED_OUT: Answer = { status: 500 };

async function wait({ world, closing }: ExchangeNeeds, ms: number): Promise<void> {
  if (ms > 0) await world.clock.sleep(ms, closing);
}

/** Everything around the effect, in order; nothing when a hold ended the request. */
async function takeEffect(needs: ExchangeNeeds, arrival: Arrival, found: FoundCall, record: RequestRecord): Promise<Answer | undefined> {
  const stand = (point: HoldPoint) => needs.holds.pass(record, point);
  if (!(await stand('before-effect'))) return undefined;
  await needs.runner.run(record, 'before');
  const answer = carryOut(needs.world, {
    call: found.name,
    params: found.params,
    query: arrival.url.searchParams,
    text: arrival.text,
    contentType: String(arrival.headers['content-type'] ?? ''),
    request: record,
  });
  await needs.runner.run(record, 'after');
  return (await stand('after-effect')) ? answer : undefined;
}
