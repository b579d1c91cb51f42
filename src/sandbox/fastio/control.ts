import { randomUUID } from 'node:crypto';
import type { ServerResponse } from 'node:http';
import { type Arrival, parseObject } from './calls.ts';
import { type FaultBook, readFault, readMatcher } from './faults.ts';
import { HOLD_POINTS, type Hold, type Holds } from './holds.ts';

export const CONTROL_PATH = '/__sandbox/';

export interface ControlNeeds {
  readonly faults: FaultBook;
  readonly holds: Holds;
  /** All that can be seen of the sandbox, as plain data. */
  readonly snapshot: () => unknown;
}

type Reply = readonly [status: number, body: unknown];

/**
 * Lets another process look in and make trouble; none of it is recorded.
 *
 * - `GET state`: users, workspaces, webhooks, requests, effects, violations
 * - `POST faults` `{call, subject?, fault, times?}` (`times: null` for always), `DELETE faults` for none
 * - `POST pauses` `{call, subject?, at, nth?}`: `{id}`; `GET pauses/{id}`: `{waiting}`; `POST pauses/{id}/release` or `/drop`
 */
export function createControl({ faults, holds, snapshot }: ControlNeeds) {
  const pauses = new Map<string, Hold>();

  function route(what: string, body: Record<string, unknown>): Reply {
    const pause = /^(GET|POST) pauses\/([^/]+)(?:\/(release|drop))?$/.exec(what);
    if (pause) return usePause(pauses.get(pause[2] ?? ''), pause[1] === 'GET' ? undefined : pause[3]);
    switch (what) {
      case 'GET state':
        return [200, snapshot()];
      case 'POST faults':
        return addFault(faults, body);
      case 'DELETE faults':
        faults.clear();
        return [204, undefined];
      case 'POST pauses':
        return addPause(holds, pauses, body);
      default:
        return [404, { error: `There is no ${what}` }];
    }
  }

  return ({ method, url, text }: Arrival, response: ServerResponse): void => {
    const [status, body] = route(`${method} ${url.pathname.slice(CONTROL_PATH.length)}`, parseObject(text) ?? {});
    response.writeHead(status, { 'content-type': 'application/json' }).end(body === undefined ? undefined : JSON.stringify(body));
  };
}

function addFault(faults: FaultBook, body: Record<string, unknown>): Reply {
  const { times = 1 } = body;
  const matcher = readMatcher(body);
  const fault = readFault(body['fault']);
  const count = times === null ? Number.POSITIVE_INFINITY : times;
  if (!matcher || !fault || typeof count !== 'number') return [400, { error: 'Needed: call, fault; optional: subject, times' }];
  faults.fail(matcher, fault, { times: count });
  return [204, undefined];
}

function addPause(holds: Holds, pauses: Map<string, Hold>, body: Record<string, unknown>): Reply {
  const matcher = readMatcher(body);
  const { nth = 1 } = body;
  const at = HOLD_POINTS.find((point) => point === body['at']);
  if (!matcher || !at || typeof nth !== 'number') return [400, { error: 'Needed: call, at; optional: subject, nth' }];
  const id = randomUUID();
  pauses.set(id, holds.pause(matcher, at, { nth }));
  return [201, { id }];
}

function usePause(hold: Hold | undefined, verb: string | undefined): Reply {
  if (!hold) return [404, { error: 'There is no such pause' }];
  if (verb === 'release') hold.release();
  if (verb === 'drop') hold.drop();
  return [200, { waiting: hold.waiting }];
}
