import type { FastifyRequest } from 'fastify';
import { z } from 'zod';
import type { Http } from '../http/build-http.ts';
import type { Observe } from '../kernel/observe.ts';

const TEXT_FORMAT = 'text/plain; version=0.0.4; charset=utf-8';

/** Metrics in the text format of Prometheus: public and never rate-limited, like the probes, and without anything that names a person. */
export function metricsRoute(http: Http, render: () => Promise<string>): void {
  http.get(
    '/metrics',
    {
      schema: {
        tags: ['probes'],
        summary: 'What is counted and measured, in the text format of Prometheus',
        response: { 200: { description: 'See docs/metrics.md', content: { 'text/plain': { schema: z.string() } } } },
      },
    },
    async (_request, reply) => await reply.type(TEXT_FORMAT).send(await render()),
  );
}

/** The channel of each route of the intake, by how its path begins. */
const CHANNELS: readonly (readonly [string, string])[] = [
  ['/intake/okta/:connection/events', 'okta-event-hook'],
  ['/intake/okta/:connection/revocation', 'okta-revocation'],
  ['/intake/scim/', 'scim'],
  ['/intake/entra/', 'entra-graph'],
  ['/intake/ssf/', 'shared-signals'],
  ['/intake/webhook/', 'standard-webhook'],
];

/** Counts the messages whose senders did not prove who they are, by channel. */
export function observeRefusals(http: Http, observe: Observe): void {
  http.addHook('onResponse', async (request, reply) => {
    const channel = reply.statusCode === 401 || request.isForged ? channelOf(request) : undefined;
    if (channel !== undefined) {
      observe({ kind: 'sender-refused', channel });
    }
  });
}

function channelOf({ routeOptions: { url = '' } }: FastifyRequest): string | undefined {
  return CHANNELS.find(([prefix]) => url.startsWith(prefix))?.[1];
}
