import { createHash } from 'node:crypto';
import type { Clock } from '../../kernel/clock.ts';
import { LeaverError } from '../../kernel/errors.ts';
import type { Log } from '../../kernel/log.ts';
import { type Fetched, fetchJson } from '../../outbound/outbound.ts';
import type { Intake } from '../intake.ts';
import type { Meaning } from '../signal.ts';
import { madeProgress, NOTHING_SETTLED, pauseAfter, pollBody, type Settled, type Settlement, settle, tokensIn } from './poll-answer.ts';
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
  readonly isFirst: boolean;
  readonly failures: number;
  readonly settled: Settled;
  readonly pauseMs: number;
}

async function pollOnAndOn(needs: PollerNeeds, signal: AbortSignal): Promise<void> {
  let round: Round = { isFirst: true, failures: 0, settled: NOTHING_SETTLED, pauseMs: 0 };
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

const FIRST_ANSWER_MS = 10_000;
/** How long a transmitter may keep us waiting for something to tell. */
const LONG_POLL_MS = 30_000;
const LARGEST_ANSWER = 10 * 1024 * 1024;

async function pollOnce(needs: PollerNeeds, round: Round, signal: AbortSignal): Promise<Round> {
  const { poll, clock } = needs;
  const startedAt = clock.monotonic();
  const fetched = await fetchJson(poll.url, {
    method: 'POST',
    headers: { authorization: `Bearer ${poll.token}` },
    body: pollBody(round.settled, round.isFirst),
    timeoutMs: round.isFirst ? FIRST_ANSWER_MS : LONG_POLL_MS,
    largest: LARGEST_ANSWER,
    signal,
  });
  if (fetched.kind === 'failed' && fetched.timedOut && !round.isFirst) {
    // Nothing happened. Whether the acknowledgements arrived is not known, and to send them twice is no harm.
    return { ...round, failures: 0, pauseMs: 0 };
  }
  const tokens = fetched.kind === 'answer' ? tokensIn(fetched) : null;
  if (tokens === null) {
    return failedRound(needs, round, fetched);
  }
  const settlements = new Map(await Promise.all([...tokens].map(async ([jti, token]) => [jti, await take(needs, jti, token)] as const)));
  const rest = Math.max(0, poll.intervalMs - (clock.monotonic() - startedAt));
  return { isFirst: false, failures: 0, settled: settle(settlements), pauseMs: madeProgress(settlements, round.settled) ? 0 : rest };
}

function failedRound({ stream, poll, log }: PollerNeeds, round: Round, fetched: Fetched): Round {
  const failures = round.failures + 1;
  const reason = fetched.kind === 'failed' ? fetched.reason : `the address answered ${fetched.status}, and not with tokens`;
  const pauseMs = pauseAfter(failures, poll.intervalMs, fetched.kind === 'answer' ? fetched.headers.get('retry-after') : null);
  log.warn({ connection: stream.connection, reason, failures, pauseMs }, 'a stream could not be polled; it is tried again');
  return { ...round, isFirst: true, failures, pauseMs };
}

/** Each token by itself, so that one that cannot be stored holds up no other. */
async function take({ stream, meanings, intake, log }: PollerNeeds, jti: string, token: string): Promise<Settlement> {
  const { connection } = stream;
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
