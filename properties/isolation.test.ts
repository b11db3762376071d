/** Each phenomenon has a history that shows it and one nearby that does not; serial executions show none. */
import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  checkIsolation,
  equal,
  type Entry,
  type IsolationLevel,
  type MicroOperation,
  type TransactionOperation,
} from 'faultline';
import { time } from '../framework/kernel/time.js';
import { randomStream } from '../framework/kernel/random.js';

type Micro = readonly [f: 'r' | 'append' | 'w', key: string, value: unknown];
type History = Entry<TransactionOperation>[];
type Outcome = 'ok' | 'fail' | 'info';

interface Scripted {
  readonly micro: readonly Micro[];
  readonly process?: number;
  readonly outcome?: Outcome;
}

const operationOf = (micro: readonly Micro[]): TransactionOperation => ({
  kind: 'txn',
  micro: micro.map(([f, key, value]): MicroOperation =>
    f === 'r' ? { f, key } : { f, key, value: typeof value === 'number' ? value : String(value) },
  ),
});
const resultOf = (micro: readonly Micro[]) => micro.map(([f, , value]) => (f === 'r' ? value : null));

function end(process: number, at: number, { micro, outcome = 'ok' }: Scripted): Entry<TransactionOperation> {
  if (outcome === 'ok') return { type: 'ok', process, time: time(at), result: resultOf(micro) };
  return { type: outcome, process, time: time(at), reason: 'scripted' };
}

/** All at once: nothing is before anything else in real time, and each has a process of its own. */
function concurrent(...transactions: readonly (readonly Micro[] | Scripted)[]): History {
  const all = transactions.map((one): Scripted => ('micro' in one ? one : { micro: one }));
  return [
    ...all.map(({ micro }, process): Entry<TransactionOperation> => {
      return { type: 'invoke', process, time: time(process), operation: operationOf(micro) };
    }),
    ...all.map((one, process) => end(process, all.length + process, one)),
  ];
}

/** One after the other. */
function inTurn(...transactions: readonly Scripted[]): History {
  return transactions.flatMap((one, place) => {
    const process = one.process ?? place;
    const operation = operationOf(one.micro);
    return [{ type: 'invoke' as const, process, time: time(2 * place), operation }, end(process, 2 * place + 1, one)];
  });
}

const ruleAt = (history: History, level: IsolationLevel): string => {
  const result = checkIsolation(history, level);
  return result.verdict === 'invalid' ? result.violation.rule : result.verdict;
};

describe('a phenomenon is found where it is, and from the level on that forbids it', () => {
  const cases: readonly (readonly [
    name: string,
    history: History,
    allowedAt: IsolationLevel | undefined,
    forbiddenAt: IsolationLevel,
  ])[] = [
    [
      'G0',
      concurrent(
        [
          ['append', 'x', 1],
          ['append', 'y', 1],
        ],
        [
          ['append', 'x', 2],
          ['append', 'y', 2],
        ],
        [
          ['r', 'x', [1, 2]],
          ['r', 'y', [2, 1]],
        ],
      ),
      undefined,
      'read uncommitted',
    ],
    [
      'G1a',
      concurrent({ micro: [['append', 'x', 1]], outcome: 'fail' }, [['r', 'x', [1]]]),
      'read uncommitted',
      'read committed',
    ],
    [
      'G1b',
      concurrent(
        [
          ['append', 'x', 1],
          ['append', 'x', 2],
        ],
        [['r', 'x', [1]]],
      ),
      'read uncommitted',
      'read committed',
    ],
    [
      'G1c',
      concurrent(
        [
          ['append', 'x', 1],
          ['r', 'y', [1]],
        ],
        [
          ['append', 'y', 1],
          ['r', 'x', [1]],
        ],
      ),
      'read uncommitted',
      'read committed',
    ],
    [
      'G-single',
      concurrent(
        [
          ['append', 'x', 1],
          ['append', 'y', 1],
        ],
        [
          ['r', 'x', []],
          ['r', 'y', [1]],
        ],
        [['r', 'x', [1]]],
      ),
      'read committed',
      'serializable',
    ],
    [
      'G2-item',
      concurrent(
        [
          ['r', 'x', []],
          ['append', 'y', 1],
        ],
        [
          ['r', 'y', []],
          ['append', 'x', 1],
        ],
        [
          ['r', 'x', [1]],
          ['r', 'y', [1]],
        ],
      ),
      'read committed',
      'serializable',
    ],
    [
      'G-single-process',
      inTurn(
        { micro: [['append', 'x', 1]], process: 0 },
        { micro: [['r', 'x', []]], process: 0 },
        { micro: [['r', 'x', [1]]], process: 1 },
      ),
      'serializable',
      'strong session serializable',
    ],
    [
      'G-single-realtime',
      inTurn({ micro: [['append', 'x', 1]] }, { micro: [['r', 'x', []]] }, { micro: [['r', 'x', [1]]] }),
      'strong session serializable',
      'strict serializable',
    ],
    [
      'G-single',
      concurrent(
        [
          ['r', 'x', null],
          ['w', 'x', 1],
        ],
        [
          ['r', 'x', null],
          ['w', 'x', 2],
        ],
        [['r', 'x', 1]],
      ),
      'read committed',
      'serializable',
    ],
  ];
  for (const [name, history, allowedAt, forbiddenAt] of cases)
    test(`${name}: ${forbiddenAt} forbids it`, () => {
      if (name === 'G-single' && allowedAt === 'read committed')
        expect(['G-single', 'G2-item']).toContain(ruleAt(history, forbiddenAt));
      else expect(ruleAt(history, forbiddenAt)).toBe(name);
      if (allowedAt !== undefined) expect(ruleAt(history, allowedAt)).toBe('valid');
    });

  test('the words name each transaction and the reason of each step', () => {
    const result = checkIsolation(
      concurrent(
        [
          ['append', 'x', 1],
          ['r', 'y', [1]],
        ],
        [
          ['append', 'y', 1],
          ['r', 'x', [1]],
        ],
      ),
      'serializable',
    );
    if (result.verdict !== 'invalid') throw new Error('expected a cycle');
    expect(result.violation.operations).toHaveLength(2);
    expect(result.violation.explanation).toMatch(/T\d read x with T\d's 1; T\d read y with T\d's 1\. So each/);
    expect(result.violation.explanation).toMatch(/T1 \(process \d, 0\.00\d ms\): append \w 1, r \w \[1\]/);
  });
});

describe('reads that no order can explain', () => {
  for (const [rule, history] of [
    [
      'internal',
      concurrent([
        ['append', 'x', 1],
        ['r', 'x', []],
      ]),
    ],
    [
      'internal',
      concurrent(
        [
          ['r', 'x', []],
          ['r', 'x', [1]],
        ],
        [['append', 'x', 1]],
      ),
    ],
    [
      'incompatible order',
      concurrent([['append', 'x', 1]], [['append', 'x', 2]], [['r', 'x', [1, 2]]], [['r', 'x', [2]]]),
    ],
    ['duplicate elements', concurrent([['append', 'x', 1]], [['r', 'x', [1, 1]]])],
    ['read of what nobody wrote', concurrent([['append', 'x', 1]], [['r', 'x', [7]]])],
    ['value written twice', concurrent([['append', 'x', 1]], [['append', 'x', 1]], [['r', 'x', [1]]])],
    ['not a value', concurrent([['append', 'x', 1]], [['r', 'x', 'one']])],
  ] as const)
    test(`${rule}: ${JSON.stringify(history.map((entry) => (entry.type === 'ok' ? entry.result : 0)))}`, () => {
      expect(ruleAt(history, 'read uncommitted')).toBe(rule);
    });

  test('a write of unknown outcome may have happened; one that nobody saw need not have', () => {
    expect(
      ruleAt(concurrent({ micro: [['append', 'x', 1]], outcome: 'info' }, [['r', 'x', [1]]]), 'strict serializable'),
    ).toBe('valid');
    expect(
      ruleAt(
        inTurn({ micro: [['append', 'x', 1]], outcome: 'info' }, { micro: [['r', 'x', []]] }),
        'strict serializable',
      ),
    ).toBe('valid');
  });

  test('nothing read is unknown', () => {
    expect(ruleAt(concurrent([['append', 'x', 1]]), 'serializable')).toBe('unknown');
  });

  test('a misspelt level is refused', () => {
    const level = 'serialisable' as IsolationLevel;
    expect(() => checkIsolation([], level)).toThrow(
      /unknown isolation level 'serialisable'; known: read uncommitted, /,
    );
  });

  test('operations of another kind, and results of another length, are refused', () => {
    const other = [{ type: 'invoke', process: 0, time: time(0), operation: { kind: 'put' } }] as unknown as History;
    expect(() => checkIsolation(other, 'serializable')).toThrow(/operation 0 is 'put', not \{ kind: 'txn'/);
    const short = concurrent([['r', 'x', []]]).map((entry) => (entry.type === 'ok' ? { ...entry, result: [] } : entry));
    expect(() => checkIsolation(short, 'serializable')).toThrow(/1 micro-operations, but its result has 0 places/);
  });
});

interface Shape {
  readonly seed: number;
  readonly transactions: number;
  readonly processes: number;
  readonly workload: 'append' | 'w';
  /** How many in a million reads are of an old state. */
  readonly stalePerMillion: number;
}

/** Transactions that take effect whole, at one moment between call and return; some reads are stale if asked for. */
function execution({ seed, transactions, processes, workload, stalePerMillion }: Shape): History {
  const random = randomStream(String(seed), 'transactions');
  const states: Map<string, readonly (string | number)[]>[] = [new Map<string, readonly (string | number)[]>()];
  const history: History = [];
  const open = new Map<number, { readonly operation: TransactionOperation; result: unknown[] | undefined }>();
  let begun = 0;
  while (begun < transactions || open.size > 0) {
    const process = random.below(processes);
    const now = time(history.length);
    const current = open.get(process);
    if (current === undefined) {
      if (begun === transactions) continue;
      begun++;
      const micro = Array.from({ length: random.between(1, 4) }, (_, place): MicroOperation => {
        const key = random.pick(['x', 'y']);
        return random.below(2) === 0 ? { f: 'r', key } : { f: workload, key, value: 10 * begun + place };
      });
      const operation: TransactionOperation = { kind: 'txn', micro };
      open.set(process, { operation, result: undefined });
      history.push({ type: 'invoke', process, time: now, operation });
    } else if (current.result === undefined) {
      const state = new Map(states.at(-1));
      const stale = random.chance(stalePerMillion) ? states[random.below(states.length)] : undefined;
      current.result = current.operation.micro.map((one) => {
        const values = state.get(one.key) ?? [];
        if (one.f !== 'r') {
          state.set(one.key, workload === 'append' ? [...values, one.value] : [one.value]);
          return null;
        }
        const own = current.operation.micro.some((other) => other.f !== 'r' && other.key === one.key);
        const seen = own ? values : (stale?.get(one.key) ?? values);
        return workload === 'append' ? seen : (seen[0] ?? null);
      });
      states.push(state);
    } else {
      history.push({ type: 'ok', process, time: now, result: current.result });
      open.delete(process);
    }
  }
  return history;
}

/** Serializability by its definition: some order of all transactions, in which each reads what it did. */
function isSerializable(history: History, workload: 'append' | 'w'): boolean {
  const results = new Map<number, unknown>();
  const all: { readonly micro: readonly MicroOperation[]; readonly process: number; result: readonly unknown[] }[] = [];
  for (const entry of history)
    if (entry.type === 'invoke') {
      all.push({ micro: entry.operation.micro, process: entry.process, result: [] });
      results.set(entry.process, all.length - 1);
    } else if (entry.type === 'ok') {
      const one = all[Number(results.get(entry.process))];
      if (one !== undefined && Array.isArray(entry.result)) one.result = entry.result;
    }
  const place = (left: readonly number[], state: ReadonlyMap<string, readonly (string | number)[]>): boolean =>
    left.length === 0 ||
    left.some((id) => {
      const next = new Map(state);
      const fits = all[id]?.micro.every((one, at) => {
        const values = next.get(one.key) ?? [];
        if (one.f === 'r') return equal(all[id]?.result[at], workload === 'append' ? values : (values[0] ?? null));
        next.set(one.key, workload === 'append' ? [...values, one.value] : [one.value]);
        return true;
      });
      return (
        fits === true &&
        place(
          left.filter((other) => other !== id),
          next,
        )
      );
    });
  return place(
    all.map((_, id) => id),
    new Map(),
  );
}

describe('on random executions', () => {
  const shape = (stalePerMillion: number, transactions: { readonly min: number; readonly max: number }) =>
    fc.record({
      seed: fc.nat(),
      transactions: fc.integer(transactions),
      processes: fc.integer({ min: 1, max: 4 }),
      workload: fc.constantFrom('append' as const, 'w' as const),
      stalePerMillion: fc.constant(stalePerMillion),
    });

  test('atomic transactions are never accused, of anything', () => {
    fc.assert(
      fc.property(shape(0, { min: 1, max: 30 }), (given) => {
        expect(ruleAt(execution(given), 'strict serializable')).toMatch(/^(valid|unknown)$/);
      }),
      { seed: 1, numRuns: 1_000 },
    );
  });

  test('what is called not serializable has no order; of lists, what has none is nearly always found', () => {
    const counts = { append: { none: 0, found: 0 }, w: { none: 0, found: 0 } };
    fc.assert(
      fc.property(fc.noBias(shape(500_000, { min: 4, max: 6 })), (given) => {
        const history = execution(given);
        const serializable = isSerializable(history, given.workload);
        const invalid = checkIsolation(history, 'serializable').verdict === 'invalid';
        if (invalid) expect(serializable).toBe(false);
        if (serializable) return;
        counts[given.workload].none++;
        if (invalid) counts[given.workload].found++;
      }),
      { seed: 2, numRuns: 4_000 },
    );
    const text = JSON.stringify(counts);
    expect(Math.min(counts.append.none, counts.w.none), text).toBeGreaterThan(50);
    expect(counts.append.found / counts.append.none, text).toBeGreaterThan(0.95);
    // Of registers little of the order is known: most of it is missed, and that is said in checkIsolation.
    expect(counts.w.found, text).toBeGreaterThan(0);
  });

  test('thousands of transactions are no matter', () => {
    const given = { seed: 1, transactions: 5_000, processes: 10, workload: 'w', stalePerMillion: 0 } as const;
    expect(checkIsolation(execution(given), 'strict serializable').verdict).toBe('valid');
    expect(
      checkIsolation(execution({ ...given, workload: 'append', stalePerMillion: 1_000 }), 'strict serializable')
        .verdict,
    ).toBe('invalid');
  });
});
