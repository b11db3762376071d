/** CORFU: epochs, repair and completion really happen, and its parts do what the paper says of them. */
import { expect, test, describe } from 'vitest';
import { judge, planGenerator, simulate } from 'faultline';
import { corfu } from 'faultline/models';
import { positionHistory } from '../models/corfu/evidence.js';
import { initialProjection, nobodySealed, noteSealed, replicasOf, successor } from '../models/corfu/projection.js';
import { durable, inOrder, linearizable } from '../models/corfu/properties.js';
import { effort } from './fixtures/effort.js';

const SAMPLE = effort(200);
const FIRST = initialProjection(['u1', 'u2', 'u3'], 'q1');

test('units are removed and repaired, sequencers replaced, records completed, holes filled and pages trimmed', () => {
  const plan = planGenerator(corfu);
  const counts: Record<string, number> = {};
  for (let seed = 0; seed < SAMPLE; seed++) {
    const { failures, results } = judge(corfu, simulate(corfu, plan(seed)));
    expect(failures, `seed ${seed}`).toEqual([]);
    for (const { result } of results)
      for (const [what, count] of Object.entries(result.seen)) counts[what] = (counts[what] ?? 0) + count;
  }
  expect(counts['reconfigurations']).toBeGreaterThan(SAMPLE / 2);
  expect(counts['seals']).toBeGreaterThan(SAMPLE);
  for (const what of ['removed', 'repaired', 'sequencers', 'copied', 'junk', 'trimmed'])
    expect(counts[what], what).toBeGreaterThan(0);
});

describe('the next projection', () => {
  const sealedBy = (...units: readonly [string, number][]) => {
    const sealed = nobodySealed();
    for (const [unit, tail] of units) noteSealed(sealed, unit, { tail });
    return sealed;
  };

  test('has the units that were sealed, in their order, and begins after the longest of them', () => {
    const next = successor(FIRST, sealedBy(['u3', 4], ['u1', 7]), null);
    expect(next).toEqual({ epoch: 2, chain: ['u1', 'u3'], repairing: null, sequencer: null, tail: 7 });
  });

  test('is not made of units alone that may lack what was acknowledged', () => {
    expect(successor(FIRST, nobodySealed(), null)).toBeUndefined();
    const repairing = { ...FIRST, chain: ['u1'], repairing: 'u2' };
    expect(successor(repairing, sealedBy(['u2', 9]), null)).toBeUndefined();
  });

  test('keeps a sequencer that has not crashed, and takes another one for one that has', () => {
    const sealed = sealedBy(['u1', 3]);
    noteSealed(sealed, 'q2', { life: 5 });
    noteSealed(sealed, 'q1', { life: 0 });
    expect(successor(FIRST, sealed, null)?.sequencer).toEqual({ node: 'q1', life: 0 });
    const crashed = { ...FIRST, sequencer: { node: 'q1', life: 8 } };
    expect(successor(crashed, sealed, null)?.sequencer).toEqual({ node: 'q2', life: 5 });
  });

  test('has the unit under repair written after the chain, and then as its last', () => {
    const two = { ...FIRST, chain: ['u1', 'u2'] };
    const sealed = sealedBy(['u1', 3], ['u2', 3], ['u3', 0]);
    const repairing = successor(two, sealed, { unit: 'u3', into: 'repair' });
    expect(repairing).toMatchObject({ chain: ['u1', 'u2'], repairing: 'u3' });
    expect(repairing === undefined ? [] : replicasOf(repairing)).toEqual(['u1', 'u2', 'u3']);
    const entered = successor({ ...two, repairing: 'u3' }, sealed, { unit: 'u3', into: 'chain' });
    expect(entered).toMatchObject({ chain: ['u1', 'u2', 'u3'], repairing: null });
  });
});

/** A run of one client's operations one after the other, each with its answer. */
function observed(...calls: readonly (readonly [operation: object, result: unknown])[]) {
  const history = calls.flatMap(([operation, result], index) => [
    { type: 'invoke', process: index, time: 2 * index, operation },
    { type: 'ok', process: index, time: 2 * index + 1, result },
  ]);
  return { history, probesFrom: history.length, finalReadsFrom: 0, replicas: new Map() } as never;
}

const append = (position: number) => [{ kind: 'append', value: 'tick' }, { position }] as const;
const data = (nonce: string) => ({ kind: 'data', value: 'tick', nonce });

describe('the promises', () => {
  test('are kept by gaps of junk, records that look alike, and a tail that falls', () => {
    const run = observed(
      append(0),
      [{ kind: 'tail' }, 5],
      [{ kind: 'tail' }, 3],
      append(3),
      [
        { kind: 'read', position: 1 },
        { position: 1, page: null, copied: 0 },
      ],
      [{ kind: 'scan' }, { pages: [data('r0.1'), { kind: 'junk' }, { kind: 'junk' }, data('r3.1')] }],
    );
    for (const claim of [durable, linearizable, inOrder]) expect(claim.check(run).verdict, claim.name).toBe('valid');
  });

  test('are broken by an acknowledged record that is junk in the end, or shares its position', () => {
    const lost = observed(append(0), [{ kind: 'scan' }, { pages: [{ kind: 'junk' }] }]);
    expect(durable.check(lost)).toMatchObject({ violation: { rule: 'acknowledged append lost' } });
    expect(durable.check(observed(append(0), append(0)))).toMatchObject({
      violation: { rule: 'position given twice' },
    });
  });

  test('are broken by a position that is unwritten after it was acknowledged, or lower than one before', () => {
    const unwritten = observed(append(0), [
      { kind: 'read', position: 0 },
      { position: 0, page: null, copied: 0 },
    ]);
    expect(linearizable.check(unwritten).verdict).toBe('invalid');
    expect(inOrder.check(observed(append(1), append(0))).verdict).toBe('invalid');
    expect(inOrder.check(observed(append(1), [{ kind: 'tail' }, 1])).verdict).toBe('invalid');
  });

  test('take an append of unknown outcome for one of the position where its record was seen', () => {
    const read = { type: 'ok', process: 1, time: 3, result: { position: 4, page: data('r0.1'), copied: 0 } };
    const history = [
      { type: 'invoke', process: 0, time: 0, operation: { kind: 'append', value: 'tick' } },
      { type: 'info', process: 0, time: 1, reason: 'no answer in time' },
      { type: 'invoke', process: 1, time: 2, operation: { kind: 'follow' } },
      read,
    ];
    const invoked = positionHistory({ history } as never).filter(({ type }) => type === 'invoke');
    expect(invoked).toMatchObject([
      { operation: { kind: 'write', position: 4, page: 'r0.1' } },
      { operation: { kind: 'read', position: 4 } },
    ]);
    expect(linearizable.check({ history } as never).verdict).toBe('valid');
  });
});
