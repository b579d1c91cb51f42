import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createTargets } from '../../src/targets/registry.ts';
import type { Capabilities, Target } from '../../src/targets/target.ts';

const yes = { support: 'yes' } as const;
const capabilities: Capabilities = { suspend: yes, sessions: yes, tokens: yes, webhooks: yes, ownership: yes, membership: yes, audit: yes };

function fakeTarget(id: string, kind: string, close: () => Promise<void> = async () => {}): Target {
  return {
    id,
    kind,
    capabilities,
    actions: [],
    perform: async () => ({ kind: 'account-absent' }),
    probe: async () => ({ reachable: true, detail: '' }),
    close,
  };
}

type Entry = { id: string; kind: 'a'; size: number } | { id: string; kind: 'b'; close: () => Promise<void> };

const factories = {
  a: ({ id, size }: { id: string; size: number }) => fakeTarget(`${id}${size}`, 'a'),
  b: ({ id, close }: { id: string; close: () => Promise<void> }) => fakeTarget(id, 'b', close),
};

test('each entry is made by the factory of its kind, in the order of the configuration', () => {
  const entries: Entry[] = [
    { id: 'y', kind: 'b', close: async () => {} },
    { id: 'x', kind: 'a', size: 2 },
  ];
  const targets = createTargets(entries, factories);
  assert.deepEqual(
    targets.all().map(({ id, kind }) => [id, kind]),
    [
      ['y', 'b'],
      ['x2', 'a'],
    ],
  );
  assert.equal(targets.get('x').id, 'x2');
});

test('a target that is not configured is not found', () => {
  assert.throws(() => createTargets<Entry>([], factories).get('gone'), /No target is called gone/);
});

test('two targets with one id are refused', () => {
  const entry: Entry = { id: 'x', kind: 'a', size: 1 };
  assert.throws(() => createTargets([entry, entry], factories), /Two targets are called x/);
});

test('a target that does not close keeps no other open', async () => {
  const closed: string[] = [];
  const entries: Entry[] = [
    { id: 'x', kind: 'b', close: () => Promise.reject(new Error('stuck')) },
    { id: 'y', kind: 'b', close: async () => void closed.push('y') },
  ];
  await assert.rejects(createTargets(entries, factories).close(), /stuck/);
  assert.deepEqual(closed, ['y']);
});
