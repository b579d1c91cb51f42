import { type CryptoKey, exportJWK, generateKeyPair, type JWK, type JWTPayload, SignJWT } from 'jose';

interface SigningKey {
  readonly kid: string;
  readonly privateKey: CryptoKey;
  readonly publicJwk: JWK;
}

/** The signing keys of an issuer: the newest one signs, all that were not retired are published. */
export interface SigningKeys {
  /** What lies at the address of the key set. */
  published(): { readonly keys: readonly JWK[] };
  /** A token that the newest key signed; the header can be changed at will. */
  sign(claims: JWTPayload, header: Readonly<Record<string, unknown>>): Promise<string>;
  /** A new key signs from now on; those before it stay published. */
  rotate(): Promise<void>;
  /** Publishes nothing but the newest key. */
  retire(): void;
}

const ALGORITHM = 'RS256';

export async function createSigningKeys(): Promise<SigningKeys> {
  const keys = [await makeKey(1)];
  let count = 1;
  return {
    published: () => ({ keys: keys.map(({ publicJwk }) => publicJwk) }),
    sign: async (claims, header) => {
      const { kid, privateKey } = keys.at(-1) as SigningKey;
      return await new SignJWT(claims).setProtectedHeader({ alg: ALGORITHM, kid, ...header }).sign(privateKey);
    },
    rotate: async () => {
      count += 1;
      keys.push(await makeKey(count));
    },
    retire: () => void keys.splice(0, keys.length - 1),
  };
}

async function makeKey(number: number): Promise<SigningKey> {
  const kid = `sandbox-${number}`;
  const { publicKey, privateKey } = await generateKeyPair(ALGORITHM, { extractable: true });
  return { kid, privateKey, publicJwk: { ...(await exportJWK(publicKey)), kid, alg: ALGORITHM, use: 'sig' } };
}
