/** One metric, as `docs/metrics.md` lists it. Counters count from the start of the process; gauges are read when they are asked for. */
export interface Metric {
  readonly name: string;
  readonly kind: 'counter' | 'histogram' | 'gauge';
  readonly help: string;
  readonly labels: readonly string[];
  /** Upper bounds of a histogram, in seconds. */
  readonly buckets?: readonly number[];
}

/** From a call within a data centre to one that a target lets us wait for. */
const CALL_SECONDS = [0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30];
/** From a lock-out that nobody would notice to a target that was down for a day. */
const CONTAIN_SECONDS = [0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 300, 1_800, 3_600, 86_400];
/** From a person who owns nothing to a grace period of a month. */
const COMPLETE_SECONDS = [1, 5, 15, 60, 300, 1_800, 3_600, 21_600, 86_400, 604_800, 2_592_000];

/** What is counted when it happens. No label has values without bound: connections, targets and their actions come from the configuration. */
export const COUNTED = {
  signals: counter('leaver_signals_total', 'Signals that were stored, by what became of them', ['connection', 'channel', 'disposition']),
  senderRefusals: counter('leaver_verification_failures_total', 'Messages whose sender did not prove who it is', ['channel']),
  polls: counter('leaver_polls_total', 'Polls of Shared Signals streams, by what became of them', ['connection', 'outcome']),
  timeToContain: histogram(
    'leaver_time_to_contain_seconds',
    'From the opening of a case until the person was locked out of every target',
    ['playbook'],
    CONTAIN_SECONDS,
  ),
  timeToComplete: histogram(
    'leaver_time_to_complete_seconds',
    'From the opening of a case until it was completed',
    ['playbook'],
    COMPLETE_SECONDS,
  ),
  casesEnded: counter('leaver_cases_ended_total', 'Cases that came to an end, by the state in which they did', ['playbook', 'state']),
  attempts: counter('leaver_steps_total', 'Attempts of steps, by what came of them', ['target', 'action', 'outcome']),
  attemptSeconds: histogram('leaver_step_duration_seconds', 'How long one attempt of a step took', ['target', 'action'], CALL_SECONDS),
  calls: counter('leaver_outbound_calls_total', 'Calls to other systems, each try for itself', ['system', 'method', 'answer']),
  retries: counter('leaver_outbound_retries_total', 'Tries of a call after its first', ['system']),
  callSeconds: histogram('leaver_outbound_call_duration_seconds', 'How long one try of a call took', ['system'], CALL_SECONDS),
} as const satisfies Readonly<Record<string, Metric>>;

/** What is read when somebody asks for it. */
export const READ = {
  openCases: gauge('leaver_open_cases', 'Cases that are not over, by state', ['state']),
  targetDown: gauge('leaver_target_down', 'Whether nothing is asked of a target because it does not answer (1), or it is in use (0)', [
    'target',
  ]),
  wakeUps: gauge('leaver_wake_ups', 'Wake-ups that wait in the queue: those that are due, and those for later', ['lane', 'due']),
  oldestWakeUp: gauge('leaver_oldest_wake_up_age_seconds', 'For how long the oldest wake-up has been due; 0 when none is', ['lane']),
  workers: gauge('leaver_workers', 'Workers that show signs of life, in all processes', []),
  ledgerIntact: gauge(
    'leaver_ledger_intact',
    'Whether the last check of the ledger found it whole (1) or broken (0); not there before the first',
    [],
  ),
  ledgerChecked: gauge('leaver_ledger_check_age_seconds', 'How long ago the ledger was last checked; not there before the first', []),
  checks: gauge('leaver_check_passes', 'What /readyz looks at: whether it is as it should be (1) or not (0)', ['check']),
  startedAt: gauge('process_start_time_seconds', 'When the process was started, in seconds since 1970', []),
  residentBytes: gauge('process_resident_memory_bytes', 'Memory that the process holds', []),
  cpuSeconds: counter('process_cpu_seconds_total', 'Time of processors that the process has used', []),
} as const satisfies Readonly<Record<string, Metric>>;

/** Every metric there is. */
export const METRICS: readonly Metric[] = [...Object.values(COUNTED), ...Object.values(READ)];

function counter(name: string, help: string, labels: readonly string[]): Metric {
  return { name, kind: 'counter', help, labels };
}

function gauge(name: string, help: string, labels: readonly string[]): Metric {
  return { name, kind: 'gauge', help, labels };
}

function histogram(name: string, help: string, labels: readonly string[], buckets: readonly number[]): Metric {
  return { name, kind: 'histogram', help, labels, buckets };
}
