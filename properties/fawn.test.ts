/** FAWN-KV: nodes really join and leave, in every place of a chain, and its parts do what the paper says of them. */
import { describe, expect, test } from 'vitest';
import { judge, planGenerator, simulate, type Plan } from 'faultline';
import { fawn } from 'faultline/models';
import { pathOf, readerOf, type Chain, type Configuration } from '../models/fawn/chains.js';
import { ARCS, arcOf, chainOn, NODES, REPLICAS } from '../models/fawn/ring.js';
import { rules } from '../models/fawn/rules.js';
import { effort } from './fixtures/effort.js';

const SAMPLE = effort(60);
const plan = planGenerator(fawn);

describe('FAWN-KV', () => {
  test('goes through joins at every place, flushes and temporary stores, and keeps its promises', () => {
    const counts: Record<string, number> = {};
    const add = (what: string, times = 1): number => (counts[what] = (counts[what] ?? 0) + times);
    for (let seed = 0; seed < SAMPLE; seed++) {
      const run = simulate(fawn, plan(seed), { trace: true });
      const { failures, results } = judge(fawn, run);
      expect(failures, `seed ${seed}`).toEqual([]);
      for (const { result } of results)
        for (const what of ['joins', 'merges', 'failures', 'leaves']) add(what, result.seen[what] ?? 0);
      for (const event of run.trace ?? []) {
        if (event.kind !== 'deliver') continue;
        add(event.message.kind);
        if (event.message.kind === 'flush' && (Reflect.get(event.message, 'entries') as unknown[]).length > 0)
          add('flushes with puts');
        if (event.message.kind !== 'configure') continue;
        const { chains } = Reflect.get(event.message, 'configuration') as Configuration;
        for (const { joining } of chains) if (joining?.phase === 'flush') add(`joins at ${joining.at}`);
      }
    }
    const seen = (what: string): number => counts[what] ?? 0;
    for (const what of ['joins', 'merges', 'failures', 'yielded']) expect(seen(what), what).toBeGreaterThan(SAMPLE);
    for (const at of [0, 1, 2]) expect(seen(`joins at ${at}`), `joins at ${at}`).toBeGreaterThan(SAMPLE / 4);
    expect(seen('leaves')).toBeGreaterThan(SAMPLE / 20);
    expect(seen('flushes with puts')).toBeGreaterThan(SAMPLE / 20);
  });

  test('lets a node leave and come back, without any other fault, and answers everything meanwhile', () => {
    const operations = Array.from({ length: 30 }, (_, index) => ({
      at: index * 4_000,
      client: index % 3,
      operation: index % 2 === 1 ? { kind: 'get', key: 'x' } : { kind: 'put', key: 'x', value: `p${index}` },
    }));
    const delay = { kind: 'uniform', minMicros: 200, maxMicros: 400 } as const;
    const told = (at: number, control: string, argument: string) =>
      ({ kind: 'control', at, node: 'manager', control, argument }) as const;
    for (const node of NODES) {
      const faults = [told(20_000, 'leave', node), told(70_000, 'join', node)];
      const network = { delay, dropPerMillion: 0, duplicatePerMillion: 0 };
      const calm: Plan = { ...plan(0), clients: 3, operations, faults, network };
      const run = simulate(fawn, calm);
      const { verdict, results } = judge(fawn, run);
      expect(verdict, `${node}: ${JSON.stringify(results)}`).toBe('valid');
      expect(run.history.filter(({ type }) => type === 'info')).toEqual([]);
      const merges = results.map(({ result }) => result.seen['merges'] ?? 0);
      // Its three chains take another node when it leaves, and itself again when it is back.
      expect(Math.max(...merges), node).toBe(2 * REPLICAS);
    }
  });
});

describe('the ring', () => {
  test('has each node head one chain, end one, and stand amid the others', () => {
    for (const node of NODES) {
      const places = ARCS.map((arc) => chainOn(arc, NODES).indexOf(node)).filter((place) => place >= 0);
      expect(places.sort()).toEqual(Array.from({ length: REPLICAS }, (_, place) => place));
    }
  });

  test('passes the arc of a node that leaves to the next one, whose chain it then has', () => {
    const without = NODES.filter((node) => node !== 'n2');
    expect(chainOn(1, without)).toEqual(chainOn(2, without));
    expect(chainOn(3, without)).toEqual(['n4', 'n5', 'n1']);
  });

  test('spreads keys over all arcs', () => {
    const counts = ARCS.map(() => 0);
    for (let key = 0; key < 500; key++) {
      const arc = arcOf(`key ${key}`);
      counts[arc] = (counts[arc] ?? 0) + 1;
    }
    for (const count of counts) expect(count).toBeGreaterThan(50);
  });
});

describe('a chain that a node joins', () => {
  const joined = (members: readonly string[], node: string, at: number): Chain => ({
    arc: 0,
    epoch: 2,
    members,
    joining: { node, at, phase: 'flush', precopied: 0 },
    former: null,
  });

  test('has new puts pass through it, and drops the old tail if it is long enough', () => {
    expect(pathOf(joined(['b', 'd', 'e'], 'c', 1))).toEqual(['b', 'c', 'd']);
    expect(pathOf(joined(['b', 'd'], 'c', 1))).toEqual(['b', 'c', 'd']);
    expect(pathOf(joined(['d', 'e', 'f'], 'c', 0))).toEqual(['c', 'd', 'e']);
    const copying: Chain = {
      ...joined(['b', 'd'], 'c', 1),
      joining: { node: 'c', at: 1, phase: 'pre-copy', precopied: 0 },
    };
    expect(pathOf(copying)).toEqual(['b', 'd']);
  });

  test('has gets answered by the predecessor of one that joins as the tail', () => {
    expect(readerOf(joined(['a', 'b', 'd'], 'c', 2))).toBe('b');
    expect(readerOf(joined(['b', 'd', 'e'], 'c', 1))).toBe('d');
  });

  test('merges what the old tail pushed before the temporary store', () => {
    const entry = (seq: number) => ({ seq, id: `r${seq}`, client: 'c1', key: 'x', value: `p${seq}` });
    const merged = rules.merge({ flushed: [entry(3), entry(4)], temporary: [entry(5)] });
    expect(merged.map(({ seq }) => seq)).toEqual([3, 4, 5]);
    expect(rules.answersGets('joining tail') || rules.answersGets('former tail')).toBe(false);
  });
});
