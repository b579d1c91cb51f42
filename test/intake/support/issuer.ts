import { createServer, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { TestContext } from 'node:test';
import { type CryptoKey, exportJWK, generateKeyPair, type JWK, type JWTPayload, SignJWT } from 'jose';
import { undo } from '../../support/undo.ts';

/** A key of an issuer, with both halves. */
export interface IssuerKey {
  readonly kid: string;
  readonly alg: string;
  readonly privateKey: CryptoKey;
  readonly publicJwk: JWK;
}

/** An issuer whose key set lies at a real address. What it answers there can be changed at any time. */
export interface Issuer {
  readonly jwksUri: string;
  /** How often its keys were fetched. */
  readonly fetches: () => number;
  publish(...keys: readonly JWK[]): void;
  /** Answers in another way, until something is published again. */
  answer(how: (response: ServerResponse) => void): void;
}

export async function makeKey(kid: string, alg = 'ES256', options: { modulusLength?: number } = {}): Promise<IssuerKey> {
  const { publicKey, privateKey } = await generateKeyPair(alg, { extractable: true, ...options });
  return { kid, alg, privateKey, publicJwk: { ...(await exportJWK(publicKey)), kid, alg, use: 'sig' } };
}

/** A token that this key signed; the header can be changed at will. */
export async function sign({ kid, alg, privateKey }: IssuerKey, claims: JWTPayload, header: Record<string, unknown> = {}): Promise<string> {
  return await new SignJWT(claims).setProtectedHeader({ alg, kid, ...header }).sign(privateKey);
}

export async function startIssuer(t: TestContext, ...keys: readonly IssuerKey[]): Promise<Issuer> {
  let fetches = 0;
  let answer: (response: ServerResponse) => void = () => undefined;
  const publish: Issuer['publish'] = (...jwks) => {
    answer = (response) => response.setHeader('content-type', 'application/json').end(JSON.stringify({ keys: jwks }));
  };
  publish(...keys.map(({ publicJwk }) => publicJwk));
  const server = createServer((_request, response) => {
    fetches += 1;
    answer(response);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  undo(t, async () => void server.close().closeAllConnections());
  return {
    jwksUri: `http://127.0.0.1:${(server.address() as AddressInfo).port}/jwks.json`,
    fetches: () => fetches,
    publish,
    answer: (how) => {
      answer = how;
    },
  };
}
