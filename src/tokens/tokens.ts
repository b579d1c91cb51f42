export { discoverKeys } from './discovery.ts';
export { countKeys, type KeySource } from './key-set.ts';
export {
  createTokenVerifier,
  type TokenRefusal,
  type TokenRules,
  type TokenVerifier,
  type TokenVerifierNeeds,
  type VerifiedToken,
} from './signed-token.ts';
export { shown } from './token-claims.ts';
export { ALGORITHMS } from './token-header.ts';
