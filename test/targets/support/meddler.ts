import type { Arrival } from '../../../src/sandbox/fastio/calls.ts';
import { type Reply, startTroubled, type TroubledServer } from '../../../src/sandbox/troubled.ts';

/** A wire to a server, on which answers can be lost, replaced, changed, and shown once more when they no longer hold. */
export interface Meddler extends Omit<TroubledServer, 'origin'> {
  readonly url: string;
  /** Changes the body of the next answer to such a call. */
  change(call: RegExp, how: (body: unknown) => unknown): void;
  /** After the next such call, one read that was made before is answered as it was then. */
  lagAfter(call: RegExp): void;
  /** How often that was done. */
  lagged(): number;
}

export async function startMeddler(origin: string): Promise<Meddler> {
  const remembered = new Map<string, Reply>();
  const changes: { call: RegExp; how: (body: unknown) => unknown }[] = [];
  let lagAfter: RegExp | null = null;
  let lagging = false;
  let lagged = 0;

  const answer = async (arrival: Arrival): Promise<Reply> => {
    const call = `${arrival.method} ${arrival.url.pathname}`;
    const key = `${call}${arrival.url.search}`;
    const old = lagging ? remembered.get(key) : undefined;
    if (old) {
      lagging = false;
      lagged += 1;
      return old;
    }
    const reply = await forward(origin, arrival);
    if (lagAfter?.test(call)) [lagging, lagAfter] = [true, null];
    const index = changes.findIndex((one) => one.call.test(call));
    const [change] = index < 0 ? [] : changes.splice(index, 1);
    const seen = change ? { ...reply, body: change.how(reply.body) } : reply;
    if (arrival.method === 'GET') remembered.set(key, seen);
    return seen;
  };

  const { origin: url, ...server } = await startTroubled(0, answer);
  return {
    ...server,
    url,
    change: (call, how) => void changes.push({ call, how }),
    lagAfter: (call) => {
      lagAfter = call;
    },
    lagged: () => lagged,
  };
}

async function forward(origin: string, { method, url, headers, text }: Arrival): Promise<Reply> {
  const passed = ['authorization', 'content-type', 'idempotency-key'].flatMap((name) => {
    const value = headers[name];
    return typeof value === 'string' ? [[name, value] as [string, string]] : [];
  });
  const response = await fetch(`${origin}${url.pathname}${url.search}`, { method, headers: passed, ...(text !== '' && { body: text }) });
  const body = await response.text();
  return { status: response.status, ...(body !== '' && { body: JSON.parse(body) as unknown }) };
}
