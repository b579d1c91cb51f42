import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import fc from 'fast-check';
import { consistencyRanges, type HashAt, inclusionRanges, isConsistent, isIncluded, proofOf } from '../../src/ledger/proof.ts';
import { completeWithin, EMPTY_HEAD, growTree, type Head, leafHash } from '../../src/ledger/tree.ts';
import { runs } from '../support/sweep.ts';

/*
 * The roots of the trees over the first 0 to 8 of these leaves were published with the reference implementation of RFC 6962, whose hashing RFC 9162
 * keeps: github.com/google/certificate-transparency, cpp/merkletree/merkle_tree_test.cc.
 */
const LEAVES = ['', '00', '10', '2021', '3031', '40414243', '5051525354555657', '606162636465666768696a6b6c6d6e6f'];
const ROOTS = [
  'e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855',
  '6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d',
  'fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125',
  'aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77',
  'd37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7',
  '4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4',
  '76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef',
  'ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c',
  '5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328',
];

const SIZE = 33;
const HASHES = Array.from({ length: SIZE }, (_, index) => leafHash(`entry ${index}`));
const HEADS: readonly Head[] = Array.from({ length: SIZE + 1 }, (_, size) => growTree(0, [], HASHES.slice(0, size)).head);
const NODES = new Map(growTree(0, [], HASHES).nodes.map(({ level, position, hash }) => [`${level}/${position}`, hash]));
const hashAt: HashAt = ({ level, position }) => NODES.get(`${level}/${position}`) ?? assert.fail(`no node ${level}/${position}`);
const head = (size: number): Head => HEADS[size] ?? assert.fail();
const leaf = (index: number): Buffer => HASHES[index] ?? assert.fail();
const inclusion = (index: number, size: number): string[] => proofOf(inclusionRanges(index, size), hashAt);
const consistency = (from: number, size: number): string[] => proofOf(consistencyRanges(from, size), hashAt);

function* pairs(): Generator<readonly [smaller: number, larger: number]> {
  for (let larger = 1; larger <= SIZE; larger += 1) {
    for (let smaller = 0; smaller < larger; smaller += 1) {
      yield [smaller, larger];
    }
  }
}

suite('the tree', () => {
  for (const [size, root] of ROOTS.entries()) {
    test(`of the first ${size} published leaves has the published root`, () => {
      const leaves = LEAVES.slice(0, size).map((hex) => leafHash(Buffer.from(hex, 'hex').toString('latin1')));
      assert.equal(growTree(0, [], leaves).head.root.toString('hex'), root);
    });
  }

  test('is the same, grown at once or piece by piece, and every node is named once', () => {
    for (const [smaller, larger] of pairs()) {
      const edge = completeWithin({ begin: 0, end: smaller }).map(hashAt);
      const grown = growTree(smaller, edge, HASHES.slice(smaller, larger));
      assert.deepEqual(grown.head, head(larger));
      const names = [...growTree(0, [], HASHES.slice(0, smaller)).nodes, ...grown.nodes].map((node) => `${node.level}/${node.position}`);
      assert.equal(new Set(names).size, names.length);
    }
  });

  test('has room for more than 32 bits of leaves', () => {
    const size = 2 ** 40 + 1;
    const edge = completeWithin({ begin: 0, end: size }).map(({ level }) => leafHash(String(level)));
    const { head: grown, nodes } = growTree(size, edge, [leafHash('next')]);
    assert.deepEqual([grown.size, nodes.map(({ level }) => level), nodes.at(-1)?.position], [size + 1, [0, 1], 2 ** 39]);
    const proof = inclusionRanges(size, size + 1).map(({ begin }) => (begin === 0 ? edge[0] : edge[1])?.toString('hex') ?? '');
    assert.ok(isIncluded(leafHash('next'), size, proof, grown));
  });
});

suite('a proof of inclusion', () => {
  test('holds for every leaf of every tree, and is as long as the tree is high', () => {
    for (const [index, size] of pairs()) {
      assert.ok(isIncluded(leaf(index), index, inclusion(index, size), head(size)), `${index} in ${size}`);
      assert.ok(inclusion(index, size).length <= Math.ceil(Math.log2(size)));
    }
  });

  test('holds for no other leaf, place, size, root or proof', () => {
    const whole = fc.tuple(fc.nat(SIZE - 1), fc.nat(SIZE - 1), fc.integer({ min: 1, max: SIZE }), fc.integer({ min: 1, max: SIZE }));
    fc.assert(
      fc.property(whole, ([index, other, size, otherSize]) => {
        fc.pre(index < size && other !== index && otherSize !== size);
        const proof = inclusion(index, size);
        assert.ok(!isIncluded(leaf(other), index, proof, head(size)));
        assert.ok(!isIncluded(leaf(index), other, proof, head(size)));
        assert.ok(!isIncluded(leaf(index), index, proof, head(otherSize)));
        assert.ok(!isIncluded(leaf(index), index, [...proof, leaf(0).toString('hex')], head(size)));
        assert.ok(proof.length === 0 || !isIncluded(leaf(index), index, proof.slice(1), head(size)));
        assert.ok(proof.length < 2 || !isIncluded(leaf(index), index, proof.toReversed(), head(size)));
      }),
      runs(),
    );
  });

  test('holds for no place outside of the tree', () => {
    assert.ok(!isIncluded(leaf(0), 1, [], head(1)));
    assert.ok(!isIncluded(leaf(0), -1, [], head(1)));
    assert.ok(!isIncluded(leaf(0), 0, [], EMPTY_HEAD));
  });
});

suite('a proof of consistency', () => {
  test('holds between every two trees of which one begins with the other', () => {
    for (const [smaller, larger] of pairs()) {
      assert.ok(isConsistent(head(smaller), head(larger), consistency(smaller, larger)), `${smaller} to ${larger}`);
      assert.ok(isConsistent(head(larger), head(larger), []));
    }
  });

  test('holds for no tree that was cut off, or differs in a single leaf, wherever it is', () => {
    for (const [changed, smaller] of pairs()) {
      const others = HASHES.with(changed, leafHash('changed'));
      const forged = growTree(0, [], others);
      const nodes = new Map(forged.nodes.map(({ level, position, hash }) => [`${level}/${position}`, hash]));
      const proof = proofOf(consistencyRanges(smaller, SIZE), ({ level, position }) => nodes.get(`${level}/${position}`) ?? assert.fail());
      if (smaller < SIZE) {
        assert.ok(!isConsistent(head(smaller), forged.head, proof), `${changed} was changed, of ${smaller}`);
        assert.ok(!isConsistent(head(SIZE), head(smaller), consistency(smaller, SIZE)));
      }
    }
  });

  test('holds with no other proof', () => {
    for (const [smaller, larger] of pairs()) {
      const proof = consistency(smaller, larger);
      const others = smaller === 0 ? [] : [[...proof, leaf(0).toString('hex')], proof.slice(1), proof.with(0, '00'.repeat(32))];
      for (const other of others) {
        assert.ok(!isConsistent(head(smaller), head(larger), other), `${smaller} to ${larger}`);
      }
    }
  });
});
