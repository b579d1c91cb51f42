import type { READ } from './catalogue.ts';

/** What stands in the database, the same in every process on it. */
export interface Standing {
  /** By state, those that are not over. */
  readonly openCases: ReadonlyMap<string, number>;
  readonly queue: readonly WaitingWakeUps[];
  readonly targetsDown: ReadonlySet<string>;
  readonly workers: number;
}

/** The wake-ups of one lane. */
export interface WaitingWakeUps {
  readonly lane: string;
  readonly due: number;
  readonly later: number;
  /** For how long the oldest one has been due. */
  readonly oldestSeconds: number;
}

/** Whether Microsoft Graph tells us of changes, by connection. */
export interface Subscription {
  readonly connection: string;
  readonly state: 'active' | 'missing';
  readonly expiresAt: Date | null;
}

/** What the last check of the ledger found. */
export interface LedgerCheck {
  readonly intact: boolean;
  readonly at: Date;
}

/** Where the values come from that are not counted but read. */
export interface GaugeSources {
  /** Null while the database cannot be asked. */
  readonly standing: () => Promise<Standing | null>;
  /** Of every connection that has Graph; null while the database cannot be asked. */
  readonly subscriptions: () => Promise<readonly Subscription[] | null>;
  /** The targets of the configuration. */
  readonly targets: readonly string[];
  readonly checks: () => Promise<readonly { readonly name: string; readonly ok: boolean }[]>;
  /** Null before the first check. */
  readonly ledgerCheck: () => LedgerCheck | null;
}

/** One value, in the words of the catalogue. */
export interface Reading {
  readonly metric: keyof typeof READ;
  readonly value: number;
  readonly labels?: Readonly<Record<string, string>>;
}

/** All gauges of this moment. What cannot be found out now is left out: an old value would look like a true one. */
export async function readGauges({ standing, subscriptions, targets, checks, ledgerCheck }: GaugeSources, now: Date): Promise<Reading[]> {
  const [found, subscribed, passes] = await Promise.all([standing(), subscriptions(), checks()]);
  return [
    ...(found ? standingReadings(found, targets) : []),
    ...(subscribed ?? []).flatMap(subscriptionReadings),
    ...passes.map(({ name, ok }): Reading => ({ metric: 'checks', value: Number(ok), labels: { check: name } })),
    ...ledgerReadings(ledgerCheck(), now),
    ...processReadings(now),
  ];
}

function standingReadings({ openCases, queue, targetsDown, workers }: Standing, targets: readonly string[]): Reading[] {
  return [
    ...[...openCases].map(([state, value]): Reading => ({ metric: 'openCases', value, labels: { state } })),
    ...targets.map((target): Reading => ({ metric: 'targetDown', value: Number(targetsDown.has(target)), labels: { target } })),
    ...queue.flatMap(({ lane, due, later, oldestSeconds }): Reading[] => [
      { metric: 'wakeUps', value: due, labels: { lane, due: 'now' } },
      { metric: 'wakeUps', value: later, labels: { lane, due: 'later' } },
      { metric: 'oldestWakeUp', value: oldestSeconds, labels: { lane } },
    ]),
    { metric: 'workers', value: workers },
  ];
}

/** The end of one that Graph no longer has tells nothing. */
function subscriptionReadings({ connection, state, expiresAt }: Subscription): Reading[] {
  const labels = { connection };
  const isActive = state === 'active';
  return [
    { metric: 'subscriptionActive', value: Number(isActive), labels },
    ...(isActive && expiresAt ? [{ metric: 'subscriptionEnd' as const, value: Math.floor(expiresAt.getTime() / 1_000), labels }] : []),
  ];
}

function ledgerReadings(check: LedgerCheck | null, now: Date): Reading[] {
  return check === null
    ? []
    : [
        { metric: 'ledgerIntact', value: Number(check.intact) },
        { metric: 'ledgerChecked', value: Math.max(0, (now.getTime() - check.at.getTime()) / 1_000) },
      ];
}

function processReadings(now: Date): Reading[] {
  const { user, system } = process.cpuUsage();
  return [
    { metric: 'startedAt', value: Math.round(now.getTime() / 1_000 - process.uptime()) },
    { metric: 'residentBytes', value: process.memoryUsage.rss() },
    { metric: 'cpuSeconds', value: (user + system) / 1e6 },
  ];
}
