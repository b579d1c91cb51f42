export { growing } from './backoff.ts';
export { type Fault, readFault } from './fault.ts';
export { createHttpClient, type HttpClient, type HttpClientOptions, type HttpSettings } from './http-client.ts';
