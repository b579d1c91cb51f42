import rateLimit from '@fastify/rate-limit';
import { LeaverError } from '../kernel/errors.ts';
import type { Http } from './build-http.ts';

export interface RateLimit {
  readonly max: number;
  readonly windowSeconds: number;
}

/** A probe must be answered whatever else goes on. */
export const UNLIMITED = new Set(['/livez', '/readyz', '/metrics']);

/**
 * So many requests from one address (one /64 of IPv6) in a window of time; more are 429. What identity providers send is counted apart from the rest,
 * so that a flood of signals does not lock out the operators who sit behind the same address.
 */
export async function limitRates(http: Http, { max, windowSeconds }: RateLimit): Promise<void> {
  await http.register(rateLimit, {
    global: false,
    max,
    timeWindow: windowSeconds * 1_000,
    allowList: ({ routeOptions }) => UNLIMITED.has(routeOptions.url ?? ''),
    errorResponseBuilder: (_request, { ttl }) =>
      new LeaverError('rate-limited', 'Too many requests from this address. Wait as long as Retry-After says.', { retryAfterMs: ttl }),
  });
  const [ofIntake, ofOthers] = [http.rateLimit({}), http.rateLimit({})];
  // For the whole server, and so before the checks of a route: who guesses tokens or secrets is counted too.
  http.addHook('onRequest', async function (request, reply) {
    await Reflect.apply(request.url.startsWith('/intake/') ? ofIntake : ofOthers, this, [request, reply]);
  });
}
