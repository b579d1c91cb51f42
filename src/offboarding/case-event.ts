import type { Told } from '../outbound/outbound.ts';
import type { ActionResult, Playbook } from '../targets/target.ts';

/** Who asks for something, and why: both are recorded. */
interface Asked {
  /** The name of the token or connection. */
  readonly by: string;
  readonly reason: string;
}

/** Which attempt has ended, and what it sent. */
interface AttemptEnd {
  readonly stepId: string;
  readonly epoch: number;
  readonly told?: Told;
}

/** What can happen to a case. */
export type CaseEvent =
  | { readonly type: 'wake' }
  | ({ readonly type: 'result'; readonly result: ActionResult } & AttemptEnd)
  | ({ readonly type: 'released' } & AttemptEnd)
  | ({ readonly type: 'retry' } & Asked)
  | ({ readonly type: 'approve' } & Asked)
  | ({ readonly type: 'hold' } & Asked)
  | ({ readonly type: 'cancel' } & Asked)
  | ({ readonly type: 'reverse' } & Asked)
  /** Somebody says once more that the person leaves. */
  | {
      readonly type: 'depart';
      readonly by: string;
      readonly playbook: Playbook;
      readonly startsAt: Date | null;
      readonly confirmBy: readonly string[];
    };

/** What an operator can tell a case to do. */
export const INSTRUCTIONS = ['approve', 'retry', 'cancel', 'reverse'] as const;
export type Instruction = (typeof INSTRUCTIONS)[number];
