import fc from 'fast-check';

/** One request as it goes over the wire. */
export interface Attempt {
  readonly method: string;
  /** Behind the origin, with what comes after a question mark. */
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Buffer;
  /** Whether it proves that its sender is who the connection trusts: only then may anything be believed of it. */
  readonly isGenuine: boolean;
}

export interface Answer {
  readonly status: number;
  readonly headers: Readonly<Record<string, unknown>>;
  readonly text: string;
}

export type Send = (attempt: Attempt) => Promise<Answer>;

/** A channel, with what anybody may send to it. */
export interface Fuzzed {
  readonly name: string;
  readonly attempts: fc.Arbitrary<Attempt>;
  /** What every answer must be like beside what holds for all channels. */
  readonly check?: (attempt: Attempt, answer: Answer) => void;
  /** In the place of sending an attempt as it is. */
  readonly deliver?: (attempt: Attempt, send: Send) => Promise<Answer>;
  /** It answers forgeries as if they had been believed, and records them as refused. */
  readonly hidesRefusals?: boolean;
}

/** What one attempt is made of. */
interface Parts {
  readonly path: fc.Arbitrary<string>;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body: fc.Arbitrary<Buffer>;
  /** Adds what proves the sender, or a forgery of it. */
  readonly prove: fc.Arbitrary<(body: Buffer) => Proof>;
}

export interface Proof {
  readonly isGenuine: boolean;
  readonly headers?: Readonly<Record<string, string>>;
  /** In the place of the body: the credential is in it. */
  readonly body?: Buffer;
}

/** POSTs to a channel whose credential is added last, over everything else. */
export function posts({ path, headers = {}, body, prove }: Parts): fc.Arbitrary<Attempt> {
  return fc.record({ path, body, prove, odd: oddHeaders }).map(({ path: where, body: plain, prove: add, odd }) => {
    const proof = add(plain);
    return {
      method: 'POST',
      path: where,
      headers: { ...headers, ...odd, ...proof.headers },
      body: proof.body ?? plain,
      isGenuine: proof.isGenuine,
    };
  });
}

/** Headers that no channel needs, and that none may stumble over. */
const oddHeaders: fc.Arbitrary<Record<string, string>> = fc.oneof(
  { weight: 3, arbitrary: fc.constant({}) },
  fc.dictionary(
    fc.constantFrom(
      'accept',
      'accept-language',
      'cookie',
      'content-encoding',
      'if-match',
      'if-none-match',
      'origin',
      'x-forwarded-for',
      'x-http-method-override',
    ),
    fc.oneof(fc.constantFrom('gzip', '*/*', 'DELETE', '*', 'W/"1"', '::1'), fc.stringMatching(/^[ -~\xa0-\xff]{0,60}$/)),
    { maxKeys: 3 },
  ),
);

/** The address of a channel as it is, and as somebody might write it who looks for a way around a check. */
export function addresses(path: string): fc.Arbitrary<string> {
  const elsewhere = ['__proto__', 'constructor', 'nobody', '%00', '%2e%2e', '%ff', 'x'.repeat(500)];
  return fc.oneof(
    { weight: 8, arbitrary: fc.constant(path) },
    fc.constantFrom(`${path}/`, `${path}?a=%00`, `${path}?${'a='.repeat(50)}`, path.toUpperCase(), `${path}/more`),
    fc.constantFrom(...elsewhere).map((name) => path.replace(/(?<=^\/intake\/\w+\/)[\w-]+/, name)),
  );
}

/** What proves a sender in a header, or does not. */
export interface Credential<T> {
  readonly isGenuine: boolean;
  readonly made: T;
}

/** The secret, with how often it is the right one; else something near it. */
export function secretOr<T>(secret: string, make: (value: string) => T): fc.Arbitrary<Credential<T>> {
  const near = fc.oneof(
    fc.nat(secret.length - 1).map((end) => secret.slice(0, end)),
    fc.nat(secret.length - 1).map((start) => secret.slice(start + 1)),
    fc.stringMatching(/^[!-~]{1,5}$/).map((more) => secret + more),
    fc.tuple(fc.nat(secret.length - 1), fc.stringMatching(/^[!-~]$/)).map(([at, one]) => secret.slice(0, at) + one + secret.slice(at + 1)),
    fc.stringMatching(/^[ -~]{0,40}$/),
    fc.constantFrom(secret.toUpperCase(), `${secret}, ${secret}`, `Basic ${secret}`),
  );
  return fc.oneof(
    { weight: 3, arbitrary: fc.constant({ isGenuine: true, made: make(secret) }) },
    { weight: 2, arbitrary: near.filter((value) => value.trim() !== secret).map((value) => ({ isGenuine: false, made: make(value) })) },
  );
}
