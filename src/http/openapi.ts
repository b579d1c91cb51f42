import { readFile } from 'node:fs/promises';
import { stringify } from 'yaml';
import type { Http } from './build-http.ts';

/** What the description says about the service as a whole; routes and schemas come from the code. */
export const API_INFO = {
  openapi: '3.1.0',
  info: {
    title: 'Leaver',
    version: '1',
    description: 'Takes people out when they leave: verified signals in, locked out in seconds, ownership handed over, removal proven.',
    license: { name: 'Apache-2.0', identifier: 'Apache-2.0' },
  },
  servers: [{ url: '/' }],
  tags: [
    { name: 'intake', description: 'Called by identity providers' },
    { name: 'cases', description: 'Called by operators' },
    { name: 'record', description: 'Evidence and the ledger' },
    { name: 'probes', description: 'Called by load balancers and monitoring' },
  ],
  components: {
    securitySchemes: {
      operator: { type: 'http' as const, scheme: 'bearer', description: 'A token made by `leaver token new`' },
      oktaEventHook: {
        type: 'apiKey' as const,
        in: 'header' as const,
        name: 'Authorization',
        description: 'The secret of the event hook, as it is configured at Okta',
      },
      standardWebhook: {
        type: 'apiKey' as const,
        in: 'header' as const,
        name: 'webhook-signature',
        description: 'A Standard Webhooks signature of webhook-id, webhook-timestamp and the bytes of the body',
      },
    },
  },
};

/** The description of every route that is registered, as YAML. */
export function renderOpenapi(http: Http): string {
  return stringify(http.swagger(), { lineWidth: 0, aliasDuplicateObjects: false });
}

/** Serves the committed description, which a check keeps equal to the code. */
export async function openapiRoute(http: Http, file: string): Promise<void> {
  const text = await readFile(file, 'utf8');
  http.get('/openapi.yaml', { schema: { hide: true } }, async (_request, reply) => await reply.type('application/yaml').send(text));
}
