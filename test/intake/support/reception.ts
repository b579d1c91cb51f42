import type { TestContext } from 'node:test';
import { createNotifications } from '../../../src/database/notifications.ts';
import { createDirectory } from '../../../src/directory/directory.ts';
import { createIntake, type Intake } from '../../../src/intake/intake.ts';
import type { Meaning, Signal } from '../../../src/intake/signal.ts';
import { systemClock } from '../../../src/kernel/clock.ts';
import { newId } from '../../../src/kernel/ids.ts';
import { createOffboarding, type Offboarding, type OpenRequest } from '../../../src/offboarding/offboarding.ts';
import { later, POLICY } from '../../offboarding/support/cases.ts';
import { openStage, SILENT, type Stage, TELLS_NOBODY } from '../../offboarding/support/stage.ts';

export interface Reception {
  readonly stage: Stage;
  readonly intake: Intake;
  readonly offboarding: Offboarding;
  /** Every request for a case that the intake made. */
  readonly requests: readonly OpenRequest[];
}

/** The intake on a real database, with real cases that nobody works on. */
export async function openReception(t: TestContext): Promise<Reception> {
  const stage = await openStage(t);
  const { db, url, ledger, queue } = stage;
  const notifications = createNotifications({ url, log: SILENT, clock: systemClock });
  stage.closers.push(async () => await notifications.close());
  const directory = createDirectory({ newId });
  const policy = { ...POLICY, protected: ['*@protected.example'] };
  const parts = {
    db,
    ledger,
    directory,
    queue,
    notifications,
    tell: TELLS_NOBODY,
    targets: new Map(),
    confirmers: new Map(),
    policy,
    clock: systemClock,
    log: SILENT,
  };
  const offboarding = createOffboarding({ ...parts, newId, random: () => 0.5 });
  const requests: OpenRequest[] = [];
  const listening: Offboarding = {
    ...offboarding,
    openOrJoin: async (tx, asked, histories) => {
      requests.push(...asked);
      return await offboarding.openOrJoin(tx, asked, histories);
    },
  };
  return { stage, offboarding, requests, intake: createIntake({ db, directory, offboarding: listening, ledger, newId }) };
}

/** A verified message of the meaning about whoever has the e-mail, which happened so many seconds after the test's beginning. */
export function signalOf(meaning: Meaning, email: string, seconds: number, changes: Partial<Signal> = {}): Signal {
  return {
    connection: 'okta-main',
    channel: 'okta-event-hook',
    kind: `test.${meaning}`,
    eventId: newId(),
    meaning,
    subject: { id: null, email, name: null },
    note: meaning === 'ignore' ? 'of no concern' : null,
    occurredAt: later(seconds),
    bodySha256: '00'.repeat(32),
    verifiedBy: 'eventHook.secrets[0]',
    ...changes,
  };
}
