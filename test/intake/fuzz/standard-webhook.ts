import fc from 'fast-check';
import { signMessage } from '../../../src/sandbox/hr.ts';
import { fixture } from '../standard-webhook/fixtures.ts';
import { addresses, type Fuzzed, type Proof, posts } from './attempt.ts';
import { bytes, mutated } from './shapes.ts';

export interface WebhookSecrets {
  /** What the sender may sign with. */
  readonly good: readonly string[];
  readonly bad: string;
}

/** A message as its headers have it. */
interface Envelope {
  readonly id: string;
  readonly timestamp: string;
  readonly signature: string;
}

const MESSAGES = ['employee.terminated', 'employee.suspended', 'employee.rehired'].map((type) => ({
  type,
  timestamp: '2026-03-02T08:00:00Z',
  data: { email: 'ada@example.com', effectiveAt: '2026-03-02' },
}));

export async function fuzzedWebhook(connection: string, secrets: WebhookSecrets): Promise<Fuzzed> {
  return {
    name: 'standard-webhook',
    attempts: posts({
      path: addresses(`/intake/webhook/${connection}`),
      headers: { 'content-type': 'application/json' },
      body: bytes(mutated(...MESSAGES, await fixture('payload-full-form'))),
      prove: fc.oneof(
        { weight: 3, arbitrary: signing(secrets).map((make) => (body: Buffer) => toProof(make(body), body, true)) },
        {
          weight: 2,
          arbitrary: fc.tuple(signing(secrets), tampering(secrets)).map(
            ([make, tamper]) =>
              (body: Buffer) =>
                tamper(make(body), body),
          ),
        },
      ),
    }),
  };
}

function toProof({ id, timestamp, signature }: Envelope, body: Buffer, isGenuine: boolean): Proof {
  return { isGenuine, body, headers: { 'webhook-id': id, 'webhook-timestamp': timestamp, 'webhook-signature': signature } };
}

function signing({ good }: WebhookSecrets): fc.Arbitrary<(body: Buffer) => Envelope> {
  return fc
    .record({ id: fc.stringMatching(/^[\w-]{1,20}$/), secret: fc.constantFrom(...good), late: fc.integer({ min: -200, max: 200 }) })
    .map(({ id, secret, late }) => (body) => {
      const timestamp = String(Math.floor(Date.now() / 1_000) + late);
      return { id, timestamp, signature: signMessage(secret, signedBytes(id, timestamp, body)) };
    });
}

function signedBytes(id: string, timestamp: string, body: Buffer): Buffer {
  return Buffer.concat([Buffer.from(`${id}.${timestamp}.`), body]);
}

/** What somebody in the middle may do to a message that was signed as it should be. */
function tampering({ bad }: WebhookSecrets): fc.Arbitrary<(envelope: Envelope, body: Buffer) => Proof> {
  const text = fc.stringMatching(/^[!-~]{1,40}$/);
  const inEnvelope = (change: (envelope: Envelope, body: Buffer) => Partial<Envelope>) => (envelope: Envelope, body: Buffer) =>
    toProof({ ...envelope, ...change(envelope, body) }, body, false);
  return fc.oneof(
    fc
      .uint8Array({ minLength: 1, maxLength: 9 })
      .map((more) => (envelope: Envelope, body: Buffer) => toProof(envelope, Buffer.concat([body, more]), false)),
    text.map((id) => inEnvelope((was) => ({ id: was.id === id ? `${id}x` : id }))),
    fc.integer({ min: 1, max: 900 }).map((by) => inEnvelope(({ timestamp }) => ({ timestamp: String(Number(timestamp) + by) }))),
    text.map((timestamp) => inEnvelope(() => ({ timestamp: `${timestamp}x` }))),
    text.map((signature) => inEnvelope(() => ({ signature }))),
    fc
      .constantFrom('v9', 'v2', '')
      .map((version) => inEnvelope(({ signature }) => ({ signature: `${version},${signature.split(',')[1]}` }))),
    fc.constant(inEnvelope(({ signature }) => ({ signature: signature.replace(/^v1a?/, (was) => (was === 'v1' ? 'v1a' : 'v1')) }))),
    fc.constant(inEnvelope(({ id, timestamp }, body) => ({ signature: signMessage(bad, signedBytes(id, timestamp, body)) }))),
    fc.constant((envelope: Envelope, body: Buffer) => ({ ...toProof(envelope, body, false), headers: {} })),
  );
}
