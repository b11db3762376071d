/**
 * The event store model: its mechanisms really happen under the generic generator, its aggregate decides rightly, and
 * what judges it sees what it is there to see.
 */
import { readFileSync } from 'node:fs';
import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { judge, operationsOf, parseNotation, planGenerator, simulate, type CheckResult, type Run } from 'faultline';
import { eventStore } from 'faultline/models';
import { decide, EMPTY_ROW, evolve, fold, NO_ACCOUNT, project } from '../models/event-store/bank.js';
import { time } from '../framework/kernel/time.js';
import type { Holding } from '../models/event-store/evidence.js';
import type { AccountRow, BankEvent, BankOperation, Command, RecordedEvent } from '../models/event-store/messages.js';
import { accountSpec, rowOf } from '../models/event-store/oracle.js';

const generate = planGenerator(eventStore);
const runs = Array.from({ length: 60 }, (_, seed): Run => simulate(eventStore, generate(seed), { trace: true }));

/** The messages of this kind that were delivered, over all runs. */
const delivered = (kind: string) =>
  runs.flatMap(({ trace }) =>
    (trace ?? []).flatMap((event) => (event.kind === 'deliver' && event.message.kind === kind ? [event] : [])),
  );

/** The positions in each run's log, in the order of the commits. */
const commitOrders = runs.map(({ history, inspectionsFrom }) =>
  history.slice(inspectionsFrom).flatMap((entry) => (entry.type === 'ok' ? positionsIn(entry.result) : [])),
);

/** The positions of the events in an inspected log, or in a page. */
function positionsIn(holder: unknown): number[] {
  if (typeof holder !== 'object' || holder === null || !('events' in holder) || !Array.isArray(holder.events))
    return [];
  return holder.events.map((event: { readonly position: number }) => event.position);
}

describe('the event store', () => {
  test('commits transactions in another order than they took their positions', () => {
    const outOfOrder = commitOrders.filter((order) => order.some((position, at) => position < (order[at - 1] ?? 0)));
    expect(outOfOrder.length).toBeGreaterThan(runs.length / 8);
  });

  test('refuses appends at the wrong version, and its clients decide anew', () => {
    expect(delivered('conflict').length).toBeGreaterThan(20);
    expect(delivered('appended').length).toBeGreaterThan(500);
  });

  test('is crashed with unsynced writes, and recovers', () => {
    const lost = runs.reduce((sum, { tally }) => sum + tally.unsyncedWritesLost, 0);
    expect(lost).toBeGreaterThan(0);
  });

  test('leaves gaps where appends were refused or rolled back, and readers pass them', () => {
    const hasGap = (order: readonly number[]) => Math.max(0, ...order) > order.length;
    expect(commitOrders.filter(hasGap).length).toBeGreaterThan(runs.length / 8);
  });

  test('leaves clients not knowing whether their append took effect', () => {
    const unknown = runs.flatMap(({ history }) => history.filter(({ type }) => type === 'info'));
    expect(unknown.length).toBeGreaterThan(0);
  });

  test('is still asked for what was begun under faults when these have ended', () => {
    const busy = runs.filter(({ history, plan, probesFrom }) =>
      operationsOf(history.slice(0, probesFrom)).some(({ returnedAt }) => (returnedAt ?? 0) > plan.healAt + 50_000),
    );
    expect(busy.length).toBeGreaterThan(runs.length / 8);
  });
});

describe('a projection', () => {
  test('starts again from its checkpoint, and is sent events that it was sent before', () => {
    let repeated = 0;
    for (const { trace } of runs) {
      const highest = new Map<string, number>();
      for (const event of trace ?? []) {
        if (event.kind !== 'deliver' || event.message.kind !== 'page') continue;
        for (const position of positionsIn(event.message))
          if (position <= (highest.get(event.node) ?? 0)) repeated++;
          else highest.set(event.node, position);
      }
    }
    expect(repeated).toBeGreaterThan(20);
  });
});

describe('the bank account', () => {
  const opened = [{ type: 'opened' as const }, { type: 'deposited' as const, amount: 10 }];

  test('is the fold of its events', () => {
    expect(fold([...opened, { type: 'withdrawn', amount: 4 }, { type: 'fee charged', amount: 1 }])).toEqual({
      open: true,
      balance: 5,
    });
  });

  test('is opened once', () => {
    const open = { kind: 'open' as const, account: 'alice', n: 1 };
    expect(decide(fold([]), open)).toEqual({ kind: 'accepted', events: [{ type: 'opened' }] });
    expect(decide(fold(opened), open)).toEqual({ kind: 'refused', reason: 'already open' });
  });

  test('takes deposits only once it is open', () => {
    const deposit = { kind: 'deposit' as const, account: 'alice', amount: 5, n: 1 };
    expect(decide(fold([]), deposit)).toEqual({ kind: 'refused', reason: 'no such account' });
  });

  test('pays out what it has, less the fee, and no more', () => {
    const withdraw = (amount: number) => ({ kind: 'withdraw' as const, account: 'alice', amount, n: 1 });
    expect(decide(fold(opened), withdraw(9)).kind).toBe('accepted');
    expect(decide(fold(opened), withdraw(10))).toEqual({ kind: 'refused', reason: 'insufficient funds' });
  });
});

/** Events as the store records them when nothing goes wrong. */
const recorded = (stream: string, events: readonly BankEvent[], command = 1): RecordedEvent[] =>
  events.map((event, version) => ({ position: version + 1, stream, version, command, event }));

describe('the oracle', () => {
  test('shares no code with the model that it judges', () => {
    const source = (file: string): string =>
      readFileSync(new URL(`../models/event-store/${file}.ts`, import.meta.url), 'utf8');
    for (const judge of ['oracle', 'evidence', 'properties']) expect(source(judge)).not.toContain("'./bank.js'");
    for (const judged of ['bank', 'client', 'projection', 'rules', 'store'])
      expect(source(judged)).not.toMatch(/'.\/(oracle|evidence|properties).js'/);
  });

  test('agrees with the bank on all commands, answers, balances and rows', () => {
    const amount = fc.integer({ min: 1, max: 5 });
    const common = { account: fc.constant('alice'), n: fc.constant(1) };
    const command = fc.oneof<fc.Arbitrary<Command>[]>(
      fc.record({ kind: fc.constant('open'), ...common }),
      fc.record({ kind: fc.constant('deposit'), amount, ...common }),
      fc.record({ kind: fc.constant('withdraw'), amount, ...common }),
    );
    fc.assert(
      fc.property(fc.array(command), (commands) => {
        let state = accountSpec.initial;
        let account = NO_ACCOUNT;
        const log: BankEvent[] = [];
        for (const one of commands) {
          const step = accountSpec.step(state, one);
          const decision = decide(account, one);
          if (decision.kind === 'refused') expect(step.result).toEqual({ refused: decision.reason });
          else log.push(...decision.events);
          account = decision.kind === 'refused' ? account : decision.events.reduce(evolve, account);
          state = step.state;
          expect(state).toEqual({ version: log.length, balance: account.balance });
        }
        const events = recorded('alice', log);
        expect(events.reduce(project, EMPTY_ROW)).toEqual(rowOf(events));
      }),
    );
  });
});

/** What `property` says of a run that went as drawn; all had healed after 10 ms, and it had 50 ms to settle. */
function resultOf(
  property: string,
  run: {
    readonly drawn: string;
    /** Default: there were none. */
    readonly probesFrom?: number;
    readonly log?: readonly RecordedEvent[];
    /** What the projections hold, by node and account. */
    readonly rows?: Readonly<Record<string, Readonly<Record<string, AccountRow>>>>;
  },
): CheckResult {
  const history = parseNotation<BankOperation>(run.drawn, {
    vocabulary: {
      open: 'account n',
      deposit: 'account amount n',
      withdraw: 'account amount n',
      balance: 'account at',
    },
  });
  const inspect = (node: string, result: Holding): Run['history'] => {
    const operation = { kind: 'inspect', node };
    return [
      { type: 'invoke', process: 9, time: time(0), operation },
      { type: 'ok', process: 9, time: time(0), result },
    ];
  };
  const projections = Object.entries(run.rows ?? {});
  const { results } = judge(eventStore, {
    ...simulate(eventStore, generate(0)),
    plan: { ...generate(0), healAt: 10_000, settleMicros: 50_000 },
    history: [
      ...history,
      ...inspect('store', { kind: 'log', events: run.log ?? [] }),
      ...projections.flatMap(([node, rows]) => inspect(node, { kind: 'rows', rows })),
    ],
    probesFrom: run.probesFrom ?? history.length,
    finalReadsFrom: history.length,
    inspectionsFrom: history.length,
  });
  const found = results.find((one) => one.property === property);
  if (found === undefined) throw new Error(`no property '${property}'`);
  return found.result;
}

describe('of two rival appends exactly one succeeds', () => {
  const rivals = (result: string) => `
    P0 |--open alice 1: {"version":1}--| |--deposit alice 9 2: {"version":2}--| |--withdraw alice 5 3: {"version":4}--|
    P1                                   |--deposit alice 5 4: ${result}------------------------------------|
  `;
  const judged = (result: string, probesFrom?: number) =>
    resultOf('of two rival appends exactly one succeeds', {
      drawn: rivals(result),
      log: recorded('alice', [{ type: 'opened' }]),
      ...(probesFrom === undefined ? {} : { probesFrom }),
    });

  test('also when one of them appended two events, and only one of these is disputed', () => {
    for (const version of [2, 3, 4])
      expect(judged(`{"version":${version}}`)).toMatchObject({
        verdict: 'invalid',
        violation: { rule: 'both rivals succeeded' },
      });
  });

  test('which appends that follow each other do', () => {
    expect(judged('{"version":5}').verdict).toBe('valid');
  });

  test('is not known where only probes were appended, or nobody else appended meanwhile', () => {
    expect(judged('{"version":5}', 0).verdict).toBe('unknown');
    expect(judged('{"refused":"insufficient funds"}').verdict).toBe('unknown');
  });
});

describe('no account is ever overdrawn', () => {
  const judged = (...events: readonly BankEvent[]) =>
    resultOf('no account is ever overdrawn', {
      drawn: 'P0 |--open alice 1: {"version":1}--|',
      log: recorded('alice', [{ type: 'opened' }, { type: 'deposited', amount: 7 }, ...events]),
    }).verdict;

  test('at any version of its stream', () => {
    expect(judged({ type: 'withdrawn', amount: 7 })).toBe('valid');
    expect(judged({ type: 'withdrawn', amount: 8 }, { type: 'deposited', amount: 5 })).toBe('invalid');
  });

  test('is not known where nothing was withdrawn', () => {
    expect(judged()).toBe('unknown');
  });
});

describe('after healing, every projection equals the fold of the log', () => {
  const log = recorded('alice', [{ type: 'opened' }, { type: 'deposited', amount: 7 }]);
  const right = { alice: { balance: 7, version: 2, applied: 2 } };
  const judged = (rows: Readonly<Record<string, Readonly<Record<string, AccountRow>>>>) =>
    resultOf('after healing, every projection equals the fold of the log', {
      drawn: 'P0 |--open alice 1: {"version":1}--|',
      log,
      rows,
    }).verdict;

  test('if all projections do', () => {
    expect(judged({ projection1: right, projection2: right })).toBe('valid');
    for (const wrong of [
      {},
      { alice: { ...right.alice, balance: 8 } },
      { alice: { ...right.alice, version: 1 } },
      { alice: { ...right.alice, applied: 3 } },
      { ...right, bob: { balance: 0, version: 1, applied: 1 } },
    ])
      expect(judged({ projection1: right, projection2: wrong })).toBe('invalid');
  });

  test('is not known where one of them was not there to be asked', () => {
    expect(judged({ projection1: right })).toBe('unknown');
    expect(judged({})).toBe('unknown');
  });
});

describe('after healing, a read model catches up in time', () => {
  const judged = (columnsBetween: number, row: string) =>
    resultOf('after healing, a read model catches up in time', {
      drawn:
        'P0 |--open alice 1: {"version":1}--|' + `${' '.repeat(columnsBetween)}|--balance alice projection1: ${row}--|`,
    }).verdict;

  test('if it shows what was acknowledged a settling period before', () => {
    expect(judged(60, '{"balance":0,"version":1,"applied":1}')).toBe('valid');
    expect(judged(60, '{"balance":5,"version":2,"applied":2}')).toBe('valid');
    expect(judged(60, 'nil')).toBe('invalid');
  });

  test('is not known from reads that came sooner', () => {
    expect(judged(40, 'nil')).toBe('unknown');
  });
});

describe('whoever goes on asking after healing is answered', () => {
  /** A deposit that ends so many milliseconds after healing. */
  const judged = (afterHealing: number, end: string) =>
    resultOf('whoever goes on asking after healing is answered', {
      drawn: `P0 ${'|--deposit alice 5 1'.padEnd(7 + afterHealing, '-')}${end}`,
    }).verdict;

  test('unless it gave up too soon for an answer', () => {
    expect(judged(37, '|')).toBe('valid');
    expect(judged(37, '?(no answer)')).toBe('invalid');
    expect(judged(37, '!(no answer)')).toBe('invalid');
    expect(judged(36, '?(no answer)')).toBe('unknown');
  });

  test('with a conflict, if it must be', () => {
    expect(judged(37, '!(too many conflicts)')).toBe('valid');
  });
});
