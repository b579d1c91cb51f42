import assert from 'node:assert/strict';
import type { Answer, Attempt, Send } from './attempt.ts';

/** Users and groups that are there from the beginning. One that was deleted is made anew, so that there is always something to be found. */
export interface Places {
  /** The names under which an attempt may mention their ids, in its path and its body. */
  readonly users: readonly string[];
  readonly groups: readonly string[];
  deliver(attempt: Attempt, send: Send): Promise<Answer>;
}

const COUNT = 10;
const NAMED = /place-(?:user|group)-\d/g;

/** @param base of the directory, up to and with `/v2` */
export async function makePlaces(base: string, authorization: string, send: Send): Promise<Places> {
  const names = (kind: string): string[] => Array.from({ length: COUNT }, (_, index) => `place-${kind}-${index}`);
  const [users, groups] = [names('user'), names('group')];
  const ids = new Map<string, string>();
  let made = 0;
  const make = async (name: string): Promise<void> => {
    made += 1;
    const isGroup = name.startsWith('place-group');
    const body = isGroup ? { displayName: `Group ${made}` } : { userName: `user${made}@places.example.com`, active: true };
    const headers = { authorization, 'content-type': 'application/scim+json' };
    const path = `${base}/${isGroup ? 'Groups' : 'Users'}`;
    const { status, text } = await send({ method: 'POST', path, headers, body: Buffer.from(JSON.stringify(body)), isGenuine: true });
    assert.equal(status, 201, text);
    ids.set(name, String((JSON.parse(text) as { id: unknown }).id));
  };
  await Promise.all([...users, ...groups].map(make));
  const filled = (text: string): string => text.replace(NAMED, (name) => ids.get(name) ?? name);
  return {
    users,
    groups,
    deliver: async (attempt, deliver) => {
      const body = Buffer.from(filled(attempt.body.toString('latin1')), 'latin1');
      const answer = await deliver({ ...attempt, path: filled(attempt.path), body });
      const [name] = attempt.path.match(NAMED) ?? [];
      if (attempt.method === 'DELETE' && answer.status === 204 && name !== undefined) await make(name);
      return answer;
    },
  };
}
