import { createTokenVerifier, type TokenRules, type TokenVerifier, type TokenVerifierNeeds } from '../tokens/tokens.ts';

/** Theirs is `JWT`, or is not said. A token that says that it is something else was not made to open a door here, whoever signed it. */
const TYPES = ['JWT', ''] as const;

/** Verifies what Entra signs: the tokens of its provisioning service, and those beside Graph's notifications. */
export function createEntraVerifier(rules: Omit<TokenRules, 'typ'>, needs: TokenVerifierNeeds): TokenVerifier {
  return createTokenVerifier({ ...rules, typ: TYPES }, needs);
}
