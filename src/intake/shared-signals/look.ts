import { fetchJson } from '../../outbound/outbound.ts';
import type { Look } from '../connection.ts';
import { discover } from './discovery.ts';
import { entriesIn } from './poll-answer.ts';

/** Whether the transmitter says about itself what the management of a stream needs. */
export function lookAtTransmitter(connection: string, issuer: string): Look {
  const see = async () => {
    const { configuration_endpoint: endpoint } = await discover(issuer);
    return {
      verdict: 'fine',
      detail: `its streams are managed at ${endpoint}; \`leaver ssf connect ${connection}\` looks at ours`,
    } as const;
  };
  return { what: 'transmitter', see };
}

const LIMITS = { timeoutMs: 8_000, largest: 1_048_576 } as const;

/** Whether a stream can be polled, by one poll that asks for no token (RFC 8936, section 2.2) and so takes none away from whoever fetches them. */
export function lookAtPolling(connection: string, { url, token }: { readonly url: string; readonly token: string }): Look {
  const see = async (signal: AbortSignal) => {
    const headers = { authorization: `Bearer ${token}` };
    const body = { maxEvents: 0, returnImmediately: true };
    const fetched = await fetchJson(url, { ...LIMITS, method: 'POST', headers, body, signal });
    if (fetched.kind === 'answer' && entriesIn(fetched) !== null) {
      return { verdict: 'fine', detail: `tokens are fetched at ${url}, which answers` } as const;
    }
    const trouble = fetched.kind === 'failed' ? `cannot be polled (${fetched.reason})` : `answered ${fetched.status}, and not with tokens`;
    const isForbidden = fetched.kind === 'answer' && (fetched.status === 401 || fetched.status === 403);
    const advice = isForbidden
      ? 'Make a new token at the transmitter and write it as poll.token.'
      : `Check poll.url, which \`leaver ssf connect ${connection}\` tells, and whether the transmitter runs.`;
    return { verdict: 'fix', detail: `${connection}: ${url} ${trouble}, so nothing comes by this stream. ${advice}` } as const;
  };
  return { what: 'poll', see };
}
