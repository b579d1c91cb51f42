/** What `npm audit --json` prints, as far as it matters here. */
export interface AuditReport {
  /** Why nothing could be looked up. */
  readonly message?: string;
  readonly metadata?: object;
  readonly vulnerabilities?: Readonly<Record<string, Vulnerability>>;
}

interface Vulnerability {
  readonly severity: string;
  readonly via: readonly (string | { readonly title: string })[];
}

export interface AuditVerdict {
  readonly passed: boolean;
  readonly lines: readonly string[];
}

const SERIOUS = ['high', 'critical'];

/** A hole that is high or critical fails; where nothing could be looked up, that is said, and fails only where it is required. */
export function verdictOn(report: AuditReport, isRequired: boolean): AuditVerdict {
  if (!report.metadata) {
    const reason = (report.message ?? 'no reason was given').split('\n')[0];
    return { passed: !isRequired, lines: [`NOT CHECKED: the registry of this machine has no advisories (${reason}).`] };
  }
  const all = Object.entries(report.vulnerabilities ?? {});
  const serious = all.filter(([, { severity }]) => SERIOUS.includes(severity));
  const lesser = all.length - serious.length;
  const counts = `${serious.length} packages with serious holes, ${lesser} with lesser ones (npm audit --omit=dev lists them).`;
  return { passed: serious.length === 0, lines: [...serious.map(describe), counts] };
}

function describe([name, { severity, via }]: [string, Vulnerability]): string {
  return `${name}: ${severity}: ${via.map((one) => (typeof one === 'string' ? `by ${one}` : one.title)).join('; ')}`;
}
