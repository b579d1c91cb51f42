import { z } from 'zod';
import type { Http } from './build-http.ts';

/** One thing that must work for the service to be of use. Throws, or answers false, when it does not. */
export interface Check {
  readonly name: string;
  readonly passes: () => Promise<boolean>;
}

const checkView = z.object({ name: z.string(), ok: z.boolean() });
/** Facts that a reader of the probe may want; they do not decide whether the service is ready. */
export type Details = Readonly<Record<string, () => object>>;
const detailsView = z.record(z.string(), z.record(z.string(), z.unknown()));
const readyView = z.object({ status: z.enum(['ready', 'not-ready']), checks: z.array(checkView), details: detailsView });

const CHECK_TIMEOUT_MS = 2_000;

/** Probes: cheap, public, never rate-limited. */
export function healthRoutes(http: Http, checks: readonly Check[], details: Details = {}): void {
  http.get(
    '/livez',
    { schema: { tags: ['probes'], summary: 'The process runs', response: { 200: z.object({ status: z.literal('alive') }) } } },
    async () => ({
      status: 'alive' as const,
    }),
  );
  http.get(
    '/readyz',
    { schema: { tags: ['probes'], summary: 'The service can do its work', response: { 200: readyView, 503: readyView } } },
    async (_request, reply) => {
      const results = await Promise.all(checks.map(run));
      const ready = results.every(({ ok }) => ok);
      const told = Object.fromEntries(Object.entries(details).map(([name, tell]) => [name, { ...tell() }]));
      return await reply.status(ready ? 200 : 503).send({ status: ready ? 'ready' : 'not-ready', checks: results, details: told });
    },
  );
}

async function run({ name, passes }: Check): Promise<z.infer<typeof checkView>> {
  const timeout = new Promise<false>((resolve) => setTimeout(() => resolve(false), CHECK_TIMEOUT_MS).unref());
  const ok = await Promise.race([passes().catch(() => false), timeout]);
  return { name, ok };
}
