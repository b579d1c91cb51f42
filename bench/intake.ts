import { randomUUID } from 'node:crypto';
import { Pool } from 'undici';
import { oktaDelivery, oktaEvent } from '../src/sandbox/okta.ts';
import { HOOK_SECRET } from './processes.ts';

const CONNECTIONS = 256;

/** Accepted deliveries per second over `seconds`, from 64 connections that each send the next one when the last is answered. */
export async function measureIntake(url: string, path: string, seconds: number): Promise<number> {
  const pool = new Pool(url, { connections: CONNECTIONS });
  const until = performance.now() + seconds * 1_000;
  let accepted = 0;
  const sender = async (): Promise<void> => {
    while (performance.now() < until) {
      const { statusCode, body } = await pool.request({
        method: 'POST',
        path,
        headers: { authorization: HOOK_SECRET, 'content-type': 'application/json' },
        body: delivery(),
      });
      await body.dump();
      if (statusCode !== 204) {
        throw new Error(`a delivery was answered with ${statusCode}`);
      }
      accepted += 1;
    }
  };
  const startedAt = performance.now();
  await Promise.all(Array.from({ length: CONNECTIONS }, sender));
  await pool.close();
  return accepted / ((performance.now() - startedAt) / 1_000);
}

/** Somebody new each time: the dearest signal there is, as it makes a person, a case and a wake-up. */
function delivery(): string {
  const user = { id: `00u${randomUUID()}`, login: `${randomUUID()}@bench.example` };
  return JSON.stringify(oktaDelivery([oktaEvent('user.lifecycle.deactivate', user)], randomUUID(), 'https://bench.example/hook'));
}
