import { createHash } from 'node:crypto';
import type { Clock } from '../../kernel/clock.ts';
import { LeaverError } from '../../kernel/errors.ts';
import type { Log } from '../../kernel/log.ts';
import { type Observe, type PollOutcome, unobserved } from '../../kernel/observe.ts';
import { type Fetched, fetchJson } from '../../outbound/outbound.ts';
import type { Intake } from '../intake.ts';
import type { Meaning } from '../signal.ts';
import {
  entriesIn,
  madeProgress,
  NO_TOKEN,
  NOTHING_SETTLED,
  pauseAfter,
  pollBody,
  type Settled,
  type Settlement,
  settle,
} from './poll-answer.ts';
import { CHANNEL, logStored, receiveSet, type SharedSignalsStream } from './verify.ts';

/** Where the tokens of a stream are fetched, when its transmitter cannot reach us. */
export interface PollSettings {
  readonly url: string;
  readonly intervalMs: number;
  readonly token: string;
}

export interface PollerNeeds {
  readonly stream: SharedSignalsStream;
  readonly poll: PollSettings;
  readonly meanings: Readonly<Record<string, Meaning>>;
  readonly intake: Intake;
  /** Runs the work in one process at a time. */
  readonly exclusively: (name: string, work: (signal: AbortSignal) => Promise<void>, stopping: AbortSignal) => Promise<void>;
  readonly clock: Clock;
  readonly log: Log;
  readonly observe?: Observe;
  /** By default ten seconds for what is there, and thirty for something to come. */
  readonly waits?: PollWaits;
}

/**
 * Fetches the tokens of a stream (RFC 8936) and acknowledges each once it is stored. What is not stored, because the database is away or its key not known
 * yet, is not acknowledged and so comes again; what was stored and not acknowledged comes again too, and is a duplicate.
 */
export interface Poller {
  start(): void;
  /** Gives up the poll under way, and resolves when what came by it is dealt with. */
  stop(): Promise<void>;
}

export function createPoller(needs: PollerNeeds): Poller {
  const stopping = new AbortController();
  let running: Promise<void> = Promise.resolve();
  return {
    start: () => {
      running = needs.exclusively(`poll ${needs.stream.connection}`, async (signal) => await pollOnAndOn(needs, signal), stopping.signal);
    },
    stop: async () => {
      stopping.abort(new Error('the service stops'));
      await running;
    },
  };
}

/** What one poll leaves for the next. */
interface Round {
  /** It asks for what is there, and does not wait for what comes. */
  readonly isFirst: boolean;
  /** The one before was given up after a long poll: nobody has to be spared. */
  readonly hasWaited: boolean;
  readonly failures: number;
  readonly settled: Settled;
  readonly pauseMs: number;
}

async function pollOnAndOn(needs: PollerNeeds, signal: AbortSignal): Promise<void> {
  let round: Round = { isFirst: true, hasWaited: false, failures: 0, settled: NOTHING_SETTLED, pauseMs: 0 };
  while (!signal.aborted) {
    try {
      round = await pollOnce(needs, round, signal);
      await needs.clock.sleep(round.pauseMs, signal);
    } catch (error) {
      if (!signal.aborted) {
        throw error;
      }
    }
  }
}

/** How long a transmitter may take. */
export interface PollWaits {
  /** For what is there. */
  readonly answerMs: number;
  /** For something to tell. */
  readonly longPollMs: number;
}

const WAITS: PollWaits = { answerMs: 10_000, longPollMs: 30_000 };
const LARGEST_ANSWER = 10 * 1024 * 1024;

async function pollOnce(needs: PollerNeeds, round: Round, signal: AbortSignal): Promise<Round> {
  const { poll, clock, waits = WAITS } = needs;
  const startedAt = clock.monotonic();
  const fetched = await fetchJson(poll.url, {
    method: 'POST',
    headers: { authorization: `Bearer ${poll.token}` },
    body: pollBody(round.settled, round.isFirst),
    timeoutMs: round.isFirst ? waits.answerMs : waits.longPollMs,
    largest: LARGEST_ANSWER,
    signal,
  });
  if (fetched.kind === 'failed' && fetched.timedOut && !round.isFirst) {
    return waitedRound(needs, round);
  }
  const entries = fetched.kind === 'answer' ? entriesIn(fetched) : null;
  if (entries === null) {
    return failedRound(needs, round, fetched);
  }
  observePoll(needs, entries.size > 0 ? 'tokens' : 'nothing');
  const settlements = new Map(await Promise.all([...entries].map(async ([jti, token]) => [jti, await take(needs, jti, token)] as const)));
  const rest = Math.max(0, poll.intervalMs - (clock.monotonic() - startedAt));
  const isAtOnce = round.hasWaited || madeProgress(settlements, round.settled);
  return { isFirst: false, hasWaited: false, failures: 0, settled: settle(settlements), pauseMs: isAtOnce ? 0 : rest };
}

/**
 * Either nothing happened for so long, or the transmitter hangs: so the next poll asks for what is there, to which the answer must come soon. Whether
 * the acknowledgements arrived is not known, and to send them twice is no harm.
 */
function waitedRound(needs: PollerNeeds, round: Round): Round {
  observePoll(needs, 'waited');
  return { ...round, isFirst: true, hasWaited: true, pauseMs: 0 };
}

function failedRound(needs: PollerNeeds, round: Round, fetched: Fetched): Round {
  const { stream, poll, log } = needs;
  observePoll(needs, 'failed');
  const failures = round.failures + 1;
  const reason = fetched.kind === 'failed' ? fetched.reason : `the address answered ${fetched.status}, and not with tokens`;
  const pauseMs = pauseAfter(failures, poll.intervalMs, fetched.kind === 'answer' ? fetched.headers.get('retry-after') : null);
  log.warn({ connection: stream.connection, reason, failures, pauseMs }, 'a stream could not be polled; it is tried again');
  return { ...round, isFirst: true, hasWaited: false, failures, pauseMs };
}

function observePoll({ stream, observe = unobserved }: PollerNeeds, outcome: PollOutcome): void {
  observe({ kind: 'stream-polled', connection: stream.connection, outcome });
}

/** Each token by itself, so that one that cannot be stored holds up no other. */
async function take({ stream, meanings, intake, log }: PollerNeeds, jti: string, token: string | null): Promise<Settlement> {
  const { connection } = stream;
  if (token === null) {
    log.warn({ connection, channel: CHANNEL, ...NO_TOKEN }, 'a security event token was refused');
    return { kind: 'refused', error: NO_TOKEN };
  }
  try {
    const bodySha256 = createHash('sha256').update(token).digest('hex');
    const received = await receiveSet(stream, token, bodySha256, meanings);
    if (received.kind === 'refused') {
      const comesAgain = received.retryAfterMs !== null;
      log.warn({ connection, channel: CHANNEL, ...received.error, comesAgain }, 'a security event token was refused');
      return comesAgain ? { kind: 'later' } : { kind: 'refused', error: received.error };
    }
    logStored(log, received.signals, await intake.accept(received.signals));
    return { kind: 'stored' };
  } catch (error) {
    const isPassing = error instanceof LeaverError && error.retryable;
    log[isPassing ? 'warn' : 'error']({ err: error, connection, jti }, 'a polled token could not be stored; it comes again');
    return { kind: 'later' };
  }
}
