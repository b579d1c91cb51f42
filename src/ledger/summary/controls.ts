/** A control of a standard, as it is numbered there, and which parts of a summary speak to it. */
export interface Control {
  readonly standard: string;
  readonly reference: string;
  readonly about: string;
  readonly sections: readonly (readonly [id: string, title: string])[];
}

const STEPS = ['steps', 'Steps and their grades'] as const;
const DECISIONS = ['decisions', 'Who decided'] as const;
const SIGNALS = ['signals', 'Signals'] as const;
const RESIDUAL = ['residual', 'Residual access'] as const;

/** References only: whether a control is met is for an auditor to say. */
export const CONTROLS: readonly Control[] = [
  {
    standard: 'SOC 2 (Trust Services Criteria)',
    reference: 'CC6.2',
    about: 'Credentials of users are removed when their access is no longer authorized.',
    sections: [SIGNALS, STEPS],
  },
  {
    standard: 'SOC 2 (Trust Services Criteria)',
    reference: 'CC6.3',
    about: 'Access is modified or removed as roles change, with approvals and least privilege in mind.',
    sections: [DECISIONS, STEPS, RESIDUAL],
  },
  {
    standard: 'ISO/IEC 27001:2022, Annex A',
    reference: 'A.5.18',
    about: 'Access rights are provisioned, reviewed, modified and removed by rule.',
    sections: [STEPS, RESIDUAL],
  },
  {
    standard: 'ISO/IEC 27001:2022, Annex A',
    reference: 'A.6.5',
    about: 'What remains to be observed after termination or change of employment is defined and enforced.',
    sections: [DECISIONS, RESIDUAL],
  },
];
