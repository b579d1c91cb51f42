import { z } from 'zod';
import type { Clock } from '../kernel/clock.ts';
import { keptAnswer } from '../kernel/kept-answer.ts';
import type { Http } from './build-http.ts';

/** One thing that must work for the service to be of use. */
export interface Check {
  readonly name: string;
  /** Why it does not work, for people who may not know more than that; null when it does. What it throws is not told. */
  readonly cause: () => Promise<string | null> | string | null;
  /** For how long what was found out is told again, where finding out costs something. */
  readonly keepMs?: number;
  /** What is told when it cannot be found out. */
  readonly unclear?: string;
}

/** Facts that a reader of the probe may want; they do not decide whether the service is ready. */
export type Details = Readonly<Record<string, () => object>>;

const checkView = z.object({ name: z.string(), ok: z.boolean(), cause: z.string().nullable() });
const detailsView = z.record(z.string(), z.record(z.string(), z.unknown()));
const readyView = z.object({ status: z.enum(['ready', 'not-ready']), checks: z.array(checkView), details: detailsView });

export type CheckResult = z.infer<typeof checkView>;
/** Looks at everything; however often it is asked, what costs something is looked at once in a while. */
export type Look = () => Promise<CheckResult[]>;

/** Less than a prober waits. */
const PATIENCE_MS = 2_000;

export function createLook(checks: readonly Check[], clock: Clock, patienceMs = PATIENCE_MS): Look {
  const asked = checks.map(({ name, cause, keepMs = 0, unclear = 'it cannot be told' }) => {
    const find = keptAnswer({ clock, keepMs, patienceMs, otherwise: unclear, ask: cause });
    return async (): Promise<CheckResult> => {
      const found = await find();
      return { name, ok: found === null, cause: found };
    };
  });
  return async () => await Promise.all(asked.map(async (one) => await one()));
}

/** Probes: cheap, public, never rate-limited. */
export function healthRoutes(http: Http, look: Look, details: Details = {}): void {
  http.get(
    '/livez',
    { schema: { tags: ['probes'], summary: 'The process runs', response: { 200: z.object({ status: z.literal('alive') }) } } },
    async () => ({
      status: 'alive' as const,
    }),
  );
  http.get(
    '/readyz',
    {
      schema: {
        tags: ['probes'],
        summary: 'The service can do its work, or what keeps it from that',
        response: { 200: readyView, 503: readyView },
      },
    },
    async (_request, reply) => {
      const checks = await look();
      const ready = checks.every(({ ok }) => ok);
      const told = Object.fromEntries(Object.entries(details).map(([name, tell]) => [name, { ...tell() }]));
      return await reply.status(ready ? 200 : 503).send({ status: ready ? 'ready' : 'not-ready', checks, details: told });
    },
  );
}
