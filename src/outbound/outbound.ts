export { type AccessTokens, createAccessTokens, unlessAborted, withAccessToken } from './access-token.ts';
export { growing } from './backoff.ts';
export { type Cause, causeOfStatus, DOWN } from './classify.ts';
export type { Dialect, Heard, Refusal } from './dialect.ts';
export { type Fault, readFault } from './fault.ts';
export { type Fetched, fetchJson, type JsonAnswer, type JsonCall } from './fetch-json.ts';
export { createHookClient, type HookClient, type Posted } from './hook-client.ts';
export type { Answer, Expected, HttpCall } from './http-call.ts';
export { createHttpClient, type HttpClient, type HttpClientOptions, type HttpSettings } from './http-client.ts';
