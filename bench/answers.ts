import { randomUUID } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import { Pool, request } from 'undici';
import { signMessage } from '../src/sandbox/hr.ts';
import { oktaDelivery, oktaEvent } from '../src/sandbox/okta.ts';
import { CAEP } from '../src/sandbox/security-event.ts';
import { startTransmitter } from '../src/sandbox/transmitter.ts';
import {
  type Bench,
  embeddedUrl,
  HOOK_SECRET,
  OPERATOR_TOKEN,
  type RunningService,
  type ServiceSettings,
  startService,
} from './processes.ts';

const RATE = 200;
const CASES = 500;
/** Of so many deliveries of the event hook one is about somebody new. */
const NEW_EVERY = 10;
const ROUNDS = 3;
const SECONDS = 5;
const WARM_UP_SECONDS = 3;
/** Somebody can be switched off once in a directory: so many are needed for all rounds. */
const DIRECTORIES = Array.from(
  { length: Math.ceil(((RATE / 4) * (ROUNDS * SECONDS + WARM_UP_SECONDS)) / CASES) },
  (_, index) => `directory-${index}`,
);
const SCIM_TOKEN = 'bench-scim-token';
const WEBHOOK_SECRET = 'whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw';
const AUDIENCE = 'https://leaver.bench.example';

/** One signal as it goes over the wire, made before the clock runs. */
interface Message {
  readonly method: 'POST' | 'PATCH';
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

/** Milliseconds from the moment a signal was due until its answer was read; sorted. */
type Latencies = readonly number[];

export interface Answers {
  readonly ours: Latencies;
  /** Of a route that does one INSERT and nothing else, under the same load on the same machine. */
  readonly bare: Latencies;
  /** How many cases were being worked when each round of ours began and ended. */
  readonly working: readonly number[];
}

export function percentile(sorted: Latencies, share: number): number {
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? Number.NaN;
}

/**
 * How long the answers of four channels take at a fixed rate while 500 cases are being worked, and those of a bare route beside it. Few of the
 * signals are of somebody new and open a case, so that there are no more than about 500; the others join theirs.
 */
export async function measureAnswers(bench: Bench, target: ServiceSettings['target']): Promise<Answers> {
  const transmitter = await startTransmitter({ audience: AUDIENCE });
  try {
    const connections = [
      { id: 'okta', kind: 'okta', eventHook: { secrets: [HOOK_SECRET] } },
      ...DIRECTORIES.map((id) => ({ id, kind: 'okta', scim: { tokens: [SCIM_TOKEN] } })),
      { id: 'hr', kind: 'webhook', secrets: [WEBHOOK_SECRET] },
      { id: 'signals', kind: 'ssf', issuer: transmitter.issuer, audience: AUDIENCE, jwksUri: transmitter.jwksUri },
    ];
    // One process a core, as on a machine with two: what the worker does beside does not hold up an answer in the same process.
    const worker = await startService(bench, 'answers-worker', { roles: ['worker'], target, dataDir: 'answers', connections });
    const databaseUrl = await embeddedUrl(bench, 'answers');
    const service = await startService(bench, 'answers-api', { roles: ['api'], databaseUrl, target, connections });
    const bare = await bench.start('bench/bare-route.ts', { DATABASE_URL: databaseUrl }, (line) => line.startsWith('http'));
    const users = await provision(service.url);
    await openCases(service);
    const messages = async (seconds: number): Promise<Message[]> => await makeMessages(RATE * seconds, users, transmitter);
    await fire(service.url, await messages(WARM_UP_SECONDS));
    await fire(bare.line, (await messages(WARM_UP_SECONDS)).map(toBare));
    const all = { ours: [] as number[], bare: [] as number[], working: [] as number[] };
    for (let round = 0; round < ROUNDS; round += 1) {
      const made = await messages(SECONDS);
      all.working.push(await countWorking(service));
      all.ours.push(...(await fire(service.url, made)));
      all.working.push(await countWorking(service));
      all.bare.push(...(await fire(bare.line, made.map(toBare))));
    }
    await bench.stop(bare.child);
    await bench.stop(service.child);
    await bench.stop(worker.child);
    return { ours: all.ours.sort((a, b) => a - b), bare: all.bare.sort((a, b) => a - b), working: all.working };
  } finally {
    await transmitter.close();
  }
}

const leaver = (index: number): string => `leaver${index % CASES}@bench.example`;

/** Gives the service directories of users, the 500 in each; the paths of all of them. */
async function provision(url: string): Promise<string[]> {
  const pool = new Pool(url, { connections: 8 });
  const paths: string[] = [];
  const make = async (): Promise<void> => {
    while (paths.length < CASES * DIRECTORIES.length) {
      const index = paths.push('') - 1;
      const path = `/intake/scim/${DIRECTORIES[Math.floor(index / CASES)]}/v2/Users`;
      const { statusCode, body } = await pool.request({
        method: 'POST',
        path,
        headers: { authorization: `Bearer ${SCIM_TOKEN}`, 'content-type': 'application/scim+json' },
        body: JSON.stringify({ userName: leaver(index), active: true }),
      });
      const { id } = (await body.json()) as { id: string };
      if (statusCode !== 201) {
        throw new Error(`a user was answered with ${statusCode}`);
      }
      paths[index] = `${path}/${id}`;
    }
  };
  await Promise.all(Array.from({ length: 8 }, make));
  await pool.close();
  return paths;
}

/** Opens 500 cases in a few deliveries, and waits until they are being worked. */
async function openCases(service: RunningService): Promise<void> {
  for (let from = 0; from < CASES; from += 50) {
    const events = Array.from({ length: 50 }, (_, place) =>
      oktaEvent('user.lifecycle.deactivate', { id: `00ucase${from + place}`, login: leaver(from + place) }),
    );
    const { statusCode } = await request(`${service.url}/intake/okta/okta/events`, {
      method: 'POST',
      headers: { authorization: HOOK_SECRET, 'content-type': 'application/json' },
      body: JSON.stringify(oktaDelivery(events, randomUUID(), 'https://bench.example/hook')),
    });
    if (statusCode !== 204) {
      throw new Error(`the cases were not opened: ${statusCode}`);
    }
  }
  while ((await countWorking(service)) < CASES) {
    await delay(100);
  }
}

async function countWorking({ url }: RunningService): Promise<number> {
  let count = 0;
  for (let cursor: string | null = ''; cursor !== null; ) {
    const page = await request(`${url}/v1/cases?state=running&limit=200${cursor === '' ? '' : `&cursor=${cursor}`}`, {
      headers: { authorization: `Bearer ${OPERATOR_TOKEN}` },
    });
    const { items, nextCursor } = (await page.body.json()) as { items: unknown[]; nextCursor: string | null };
    count += items.length;
    cursor = nextCursor;
  }
  return count;
}

let made = 0;

async function makeMessages(
  count: number,
  users: readonly string[],
  transmitter: Awaited<ReturnType<typeof startTransmitter>>,
): Promise<Message[]> {
  const messages: Message[] = [];
  while (messages.length < count) {
    for (const make of CHANNELS) {
      messages.push(await make(made, users, transmitter));
    }
    made += 1;
  }
  return messages;
}

type Make = (index: number, users: readonly string[], transmitter: Awaited<ReturnType<typeof startTransmitter>>) => Promise<Message>;

const CHANNELS: readonly Make[] = [
  // Now and then somebody new: the dearest signal there is, as it makes a person, a case and a wake-up.
  async (index) => {
    const number = (index * 3) % CASES;
    const isNew = index % NEW_EVERY === 0;
    const user = isNew
      ? { id: `00u${randomUUID()}`, login: `${randomUUID()}@bench.example` }
      : { id: `00ucase${number}`, login: leaver(number) };
    return {
      method: 'POST',
      path: '/intake/okta/okta/events',
      headers: { authorization: HOOK_SECRET, 'content-type': 'application/json' },
      body: JSON.stringify(oktaDelivery([oktaEvent('user.lifecycle.deactivate', user)], randomUUID(), 'https://bench.example/hook')),
    };
  },
  async (index) => {
    const [id, timestamp] = [randomUUID(), String(Math.floor(Date.now() / 1_000))];
    const body = JSON.stringify({ type: 'employee.terminated', data: { email: leaver(index * 7) } });
    return {
      method: 'POST',
      path: '/intake/webhook/hr',
      headers: {
        'content-type': 'application/json',
        'webhook-id': id,
        'webhook-timestamp': timestamp,
        'webhook-signature': signMessage(WEBHOOK_SECRET, `${id}.${timestamp}.${body}`),
      },
      body,
    };
  },
  async (index, users) => ({
    method: 'PATCH',
    path: users[index % users.length] ?? '',
    headers: { authorization: `Bearer ${SCIM_TOKEN}`, 'content-type': 'application/scim+json' },
    body: JSON.stringify({ Operations: [{ op: 'replace', path: 'active', value: false }] }),
  }),
  async (index, _users, transmitter) => ({
    method: 'POST',
    path: '/intake/ssf/signals/events',
    headers: { 'content-type': 'application/secevent+jwt' },
    body: await transmitter.sign(
      transmitter.claims('ssf', {
        type: `${CAEP}session-revoked`,
        subject: { email: leaver(index * 13) },
        details: { initiating_entity: 'admin' },
      }),
    ),
  }),
];

/** The same bytes, for a route that takes JSON and looks at nothing. */
function toBare({ body }: Message): Message {
  return { method: 'POST', path: '/events', headers: { 'content-type': 'application/json' }, body: JSON.stringify({ body }) };
}

/** Sends each message when it is due, whatever became of those before it. */
async function fire(url: string, messages: readonly Message[]): Promise<Latencies> {
  const pool = new Pool(url, { connections: 64 });
  const startedAt = performance.now();
  const answered = messages.map(async (message, index) => {
    const dueAt = startedAt + (index * 1_000) / RATE;
    await delay(Math.max(0, dueAt - performance.now()));
    const { statusCode, body } = await pool.request(message);
    await body.dump();
    if (statusCode >= 300) {
      throw new Error(`${message.method} ${message.path} was answered with ${statusCode}`);
    }
    return performance.now() - dueAt;
  });
  const latencies = await Promise.all(answered);
  await pool.close();
  return latencies.sort((a, b) => a - b);
}
