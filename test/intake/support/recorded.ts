import type { CaseView } from '../../../src/offboarding/views.ts';
import type { TestService } from '../../support/service.ts';

type Caller = Pick<TestService, 'call'>;

export interface Recorded {
  readonly connection: string;
  readonly kind: string;
  readonly eventId: string;
  readonly disposition: string;
  readonly reason: string | null;
  readonly caseId: string | null;
  readonly verifiedBy: string;
}

/** Every signal that the service lists, newest first. */
export async function recordedSignals({ call }: Caller): Promise<Recorded[]> {
  const { body } = await call('GET', '/v1/signals?limit=200');
  return (body as { items: Recorded[] }).items;
}

/** What became of the signals that bear the events' ids; in no order. */
export async function fatesOf(service: Caller, ...events: readonly { readonly uuid?: unknown }[]): Promise<string[]> {
  const ids = new Set(events.map(({ uuid }) => uuid));
  const signals = await recordedSignals(service);
  return signals
    .filter(({ eventId }) => ids.has(eventId))
    .map(({ disposition }) => disposition)
    .sort();
}

/** Every case that the person ever had, newest first. */
export async function casesOf({ call }: Caller, email: string): Promise<CaseView[]> {
  const { body } = await call('GET', `/v1/cases?email=${encodeURIComponent(email)}`);
  return (body as { items: CaseView[] }).items;
}
