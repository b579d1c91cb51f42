import { once } from 'node:events';
import http, { type IncomingMessage } from 'node:http';
import https from 'node:https';

const PROBE_AFTER_MS = 30_000;

/**
 * Opens a GET whose answer may never end, and may say nothing for days. `fetch` would give up after five quiet minutes, and after an abort
 * leaves a connection behind on which nothing is ever asked.
 *
 * Rejects when no answer begins.
 */
export async function openStream(url: string, headers: Record<string, string>, signal?: AbortSignal): Promise<IncomingMessage> {
  const { request } = url.startsWith('https:') ? https : http;
  const sent = request(url, { headers, agent: false, ...(signal && { signal }) });
  // A peer that vanished without a word is noticed by the system's own probes.
  sent.setSocketKeepAlive(true, PROBE_AFTER_MS);
  sent.end();
  const [response] = (await once(sent, 'response')) as [IncomingMessage];
  // Once the answer has begun, whatever breaks shows in its body.
  sent.on('error', () => undefined);
  return response;
}
