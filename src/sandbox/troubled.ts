import type { ServerResponse } from 'node:http';
import type { Arrival } from './fastio/calls.ts';
import { type Listener, listen } from './fastio/listen.ts';

/** What a server answers. */
export interface Reply {
  readonly status: number;
  readonly body?: unknown;
  /** Sent as it is, a page of HTML for example, in the place of a body. */
  readonly text?: string;
  readonly headers?: Readonly<Record<string, string>>;
}

/** `hang`: nothing ever comes back. `reset`: the connection breaks. A reply: that one in the place of the right one. */
export type Trouble = 'hang' | 'reset' | Reply;

/** A request as it was seen: method and path, without the query. */
export interface SeenCall {
  readonly call: string;
  readonly url: URL;
  readonly authorization: string;
  readonly text: string;
}

/** A server on the loopback interface that answers in JSON, remembers its calls, and can be told to misbehave. */
export interface TroubledServer {
  readonly origin: string;
  readonly calls: readonly SeenCall[];
  /** How often a call whose `METHOD /path` matches was made. */
  count(call: RegExp): number;
  /** Lets the trouble strike the next `times` (1 by default) calls whose `METHOD /path` matches; with `afterEffect`, the call takes effect first. */
  fail(call: RegExp, trouble: Trouble, options?: { readonly times?: number; readonly afterEffect?: boolean }): void;
  close(): Promise<void>;
}

interface Planned {
  readonly call: RegExp;
  readonly trouble: Trouble;
  readonly afterEffect: boolean;
  left: number;
}

export async function startTroubled(port: number, answer: (arrival: Arrival) => Promise<Reply> | Reply): Promise<TroubledServer> {
  const calls: SeenCall[] = [];
  const planned: Planned[] = [];
  const failures: string[] = [];
  const handle = async (arrival: Arrival, response: ServerResponse): Promise<void> => {
    const call = `${arrival.method} ${arrival.url.pathname}`;
    calls.push({ call, url: arrival.url, authorization: authorizationOf(arrival), text: arrival.text });
    const plan = planned.find((one) => one.left > 0 && one.call.test(call));
    if (plan) plan.left -= 1;
    const right = plan && !plan.afterEffect ? null : await answer(arrival);
    play(response, plan?.trouble ?? right);
  };
  const listener: Listener = await listen({ port, handle, failed: (message) => void failures.push(message) });
  return {
    origin: listener.origin,
    calls,
    count: (call) => calls.filter((one) => call.test(one.call)).length,
    fail: (call, trouble, { times = 1, afterEffect = false } = {}) => void planned.push({ call, trouble, afterEffect, left: times }),
    close: async () => {
      await listener.close();
      if (failures.length > 0) throw new Error(`the sandbox made mistakes of its own: ${failures.join('; ')}`);
    },
  };
}

export function authorizationOf({ headers }: Arrival): string {
  return String(headers['authorization'] ?? '');
}

function play(response: ServerResponse, trouble: Trouble | null): void {
  if (trouble === 'hang') return;
  if (trouble === 'reset' || trouble === null) {
    response.socket?.resetAndDestroy();
    return;
  }
  const { status, body, text, headers = {} } = trouble;
  const type = text === undefined ? 'application/json' : 'text/html; charset=utf-8';
  response.writeHead(status, { 'content-type': type, ...headers }).end(text ?? (body === undefined ? '' : JSON.stringify(body)));
}
