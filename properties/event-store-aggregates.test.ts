/**
 * Aggregates on the store of streams: the parts decide rightly, what judges them shares no code with them, sees what it is
 * there to see, and flags nothing that is allowed.
 */
import { readFileSync, readdirSync } from 'node:fs';
import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { equal, parseNotation, planGenerator, type CheckResult, type Entry } from 'faultline';
import { eventStoreAggregates } from 'faultline/models';
import { time } from '../framework/kernel/time.js';
import { CURRENCY, type AccountEvent } from '../models/event-store/aggregates/account.js';
import { apply, decide, nothingOf, type Aggregate } from '../models/event-store/aggregates/aggregate.js';
import type { Holding } from '../models/event-store/aggregates/evidence.js';
import type { AccountCommand, Operation, OrderCommand } from '../models/event-store/aggregates/operations.js';
import { accountSpec, booksOf, enter, orderSpec, BLANK } from '../models/event-store/aggregates/oracle.js';
import { properties } from '../models/event-store/aggregates/properties.js';
import type { OrderEvent } from '../models/event-store/aggregates/order.js';
import {
  encode,
  encodeState,
  requestIn,
  schemaRules,
  upcast,
  upcastState,
  type Schema,
} from '../models/event-store/aggregates/schema.js';
import type { Expected, NewEvent, RecordedEvent } from '../models/event-store/streams/events.js';
import { readStream } from '../models/event-store/streams/reading.js';
import { storeRules } from '../models/event-store/streams/rules.js';
import { empty, keep, summaryOf, type StoreState } from '../models/event-store/streams/state.js';

const STREAM = 'account-alice';

/** Events as the store records them when nothing goes wrong: one a millisecond, from `version` on. */
function recorded(
  events: readonly Pick<NewEvent, 'type' | 'schema' | 'data'>[],
  stream = STREAM,
  version = 0,
): RecordedEvent[] {
  return events.map((event, index) => ({
    ...event,
    ...{ id: `k${version + index}.0`, metadata: { command: `k${version + index}` } },
    ...{ stream, version: version + index, position: version + index + 1, time: 1_000 * (version + index + 1) },
  }));
}

const opened = { type: 'opened', schema: 1, data: {} };
const deposited = (amount: number) => ({ type: 'deposited', schema: 1, data: { amount } });
const tombstone = { type: 'stream deleted', schema: 2, data: {} };

function storeWith(events: readonly RecordedEvent[]): StoreState {
  const state = empty();
  keep(state, { kind: 'events', events });
  return state;
}

describe('the expected version', () => {
  const accepted = (state: StoreState) =>
    ([0, 1, 2, 3, 'no stream', 'stream exists', 'any'] satisfies Expected[]).filter((one) =>
      storeRules.accepts(state, STREAM, one),
    );

  test('is a number, that there is no stream, that there is one, or any', () => {
    expect(accepted(empty())).toEqual([0, 'no stream', 'any']);
    expect(accepted(storeWith(recorded([opened, deposited(1)])))).toEqual([2, 'stream exists', 'any']);
  });

  test('of a deleted stream counts on, although there is no stream', () => {
    expect(accepted(storeWith(recorded([opened, deposited(1), tombstone])))).toEqual([3, 'no stream', 'any']);
  });

  test('does not matter to a retry, which is known by the ids of its events, also when these are gone', () => {
    const state = storeWith(recorded([opened, deposited(1)]));
    const restarted = empty();
    keep(restarted, summaryOf(state));
    const events = [{ id: 'k1.0', ...deposited(1), metadata: { command: 'k1' } }];
    for (const expected of [0, 1, 'any', 'no stream'] satisfies Expected[])
      for (const store of [state, restarted])
        expect(storeRules.recognises(store, { id: 'r9', stream: STREAM, expected, events })).toBe(2);
  });
});

describe('a stream is read', () => {
  const events = recorded([opened, deposited(1), deposited(2), deposited(3)]);
  const snapshot = { stream: STREAM, version: 2, schema: 2, state: {}, time: 2_000 };
  const read = (state: StoreState, known = 0) =>
    readStream(state, storeRules, { stream: STREAM, known, through: null });

  test('from the snapshot on, or from where the reader is if that is later', () => {
    const state = storeWith(events);
    expect(read(state)).toMatchObject({ snapshot: null, from: 0 });
    state.snapshots[STREAM] = snapshot;
    expect(read(state)).toMatchObject({ snapshot, from: 2, events: events.slice(2) });
    expect(read(state, 3)).toMatchObject({ snapshot: null, from: 3, events: events.slice(3) });
    expect(read(state, 1)).toMatchObject({ snapshot, from: 2 });
  });

  test('without what is truncated, and without snapshots from before a deletion', () => {
    const state = storeWith([...events, ...recorded([tombstone], STREAM, 4)]);
    state.snapshots[STREAM] = snapshot;
    for (const known of [0, 2, 4])
      expect(read(state, known)).toEqual({ available: true, snapshot: null, from: 5, events: [] });
  });

  test('as it was, if that is not truncated', () => {
    const state = storeWith(events);
    state.snapshots[STREAM] = snapshot;
    const past = (through: { version: number } | { time: number }) =>
      readStream(state, storeRules, { stream: STREAM, known: 0, through });
    expect(past({ version: 1 })).toMatchObject({ available: true, snapshot: null, events: events.slice(0, 1) });
    expect(past({ time: 3_500 })).toMatchObject({ snapshot, events: events.slice(2, 3) });
    keep(state, { kind: 'truncation', stream: STREAM, before: 2 });
    expect(past({ version: 1 })).toMatchObject({ available: false });
    expect(past({ version: 3 })).toMatchObject({ available: true, snapshot, events: events.slice(2, 3) });
  });
});

const money = (amount: number) => ({ cents: 100 * amount, currency: CURRENCY });
const someEvents = fc.oneof<fc.Arbitrary<AccountEvent | OrderEvent>[]>(
  fc.constant({ type: 'opened', currency: CURRENCY }),
  fc.integer({ min: 1, max: 50 }).map((amount) => ({ type: 'deposited', ...money(amount) })),
  fc.integer({ min: 1, max: 50 }).map((amount) => ({ type: 'credited', transfer: 'k1', ...money(amount) })),
  fc.constant({ type: 'debit refused', transfer: 'k2' }),
  fc.integer({ min: 1, max: 3 }).map((quantity) => ({ type: 'line added', quantity })),
  fc.constantFrom<OrderEvent>({ type: 'placed' }, { type: 'shipped' }, { type: 'stream deleted' }),
);
const schema = fc.constantFrom<Schema>(1, 2);

describe('schemas', () => {
  test('give the same event back, whoever wrote it and whoever reads it', () => {
    fc.assert(
      fc.property(someEvents, schema, fc.constantFrom('EUR', 'CHF'), (event, writes, configured) => {
        expect(upcast(encode(event, writes), schemaRules, configured)).toEqual(event);
      }),
    );
  });

  test('give a request for a transfer back, whoever wrote it', () => {
    const asked = { type: 'requested' as const, from: 'alice', to: 'bob', ...money(3) };
    for (const writes of [1, 2] satisfies Schema[])
      expect(requestIn(encode(asked, writes), schemaRules)).toEqual({ from: 'alice', to: 'bob', amount: 3 });
    expect(encode(asked, 1)).toEqual({ type: 'requested', schema: 1, data: { from: 'alice', to: 'bob', amount: 3 } });
  });

  test('give the same state back from a snapshot', () => {
    const state = { kind: 'account' as const, open: true, cents: 700, currency: CURRENCY, transfers: {} };
    for (const writes of [1, 2] satisfies Schema[]) {
      const snapshot = { stream: STREAM, version: 2, ...encodeState(state, { k1: 2 }, writes) };
      expect(upcastState(snapshot, schemaRules, 'CHF')).toEqual({ state, handled: { k1: 2 } });
    }
  });
});

describe('the oracle', () => {
  test('shares no code with what it judges', () => {
    const folder = new URL('../models/event-store/aggregates/', import.meta.url);
    const judges = ['oracle', 'evidence', 'invariants', 'properties', 'linearizable', 'past', 'settlement'];
    for (const file of readdirSync(folder)) {
      const source = readFileSync(new URL(file, folder), 'utf8');
      if (judges.some((judge) => file === `${judge}.ts`))
        expect(source).not.toMatch(/^import \{.*'\.\/(account|order|aggregate|schema|handling|service).js'/m);
      else if (!['system.ts', 'index.ts', 'mutants.ts'].includes(file))
        expect(source, file).not.toMatch(
          /'\.\/(oracle|evidence|invariants|properties|linearizable|past|settlement).js'/,
        );
    }
  });

  const account = { account: fc.constant('alice'), amount: fc.integer({ min: 1, max: 5 }), n: fc.constant(1) };
  const accountCommand = fc.oneof<fc.Arbitrary<AccountCommand>[]>(
    fc.record({ kind: fc.constant('open'), ...account }),
    fc.record({ kind: fc.constantFrom('deposit', 'withdraw'), ...account }),
    fc.record({ kind: fc.constantFrom('debit', 'credit'), transfer: fc.constant('k1'), ...account }),
  );
  const order = { order: fc.constant('order1'), n: fc.constant(1) };
  const orderCommand = fc.oneof<fc.Arbitrary<OrderCommand>[]>(
    fc.record({ kind: fc.constantFrom('place', 'ship', 'cancel', 'remove'), ...order }),
    fc.record({ kind: fc.constant('add line'), quantity: fc.integer({ min: 1, max: 3 }), ...order }),
  );

  /** Runs commands through the model's decisions, and tells what both said of each and had in the end. */
  const agree = <C extends AccountCommand | OrderCommand, S>(
    commands: readonly C[],
    stream: string,
    spec: { initial: S; step: (state: S, command: C) => { state: S; result: unknown } },
    writes: Schema,
  ) => {
    let aggregate: Aggregate = nothingOf(stream, 0);
    let state = spec.initial;
    let books = BLANK;
    commands.forEach((command, at) => {
      const step = spec.step(state, command);
      state = step.state;
      const decision = decide(aggregate.state, command);
      if (decision.kind === 'refused') {
        expect(step.result).toEqual({ refused: decision.reason, version: aggregate.version });
        return;
      }
      for (const event of decision.events) {
        const [stored] = recorded([encode(event, writes)], stream, aggregate.version);
        aggregate = apply(aggregate, event, `c${at}`);
        if (stored !== undefined) books = enter(books, stored);
      }
      expect(step.result).toEqual({ version: aggregate.version });
      expect(booksOf({ schema: 2, state: { ...aggregate.state } })).toEqual(books);
    });
  };

  test('agrees with accounts and orders on all answers and states', () => {
    fc.assert(
      fc.property(fc.array(accountCommand), schema, (all, writes) => {
        agree(all, STREAM, accountSpec as never, writes);
      }),
    );
    fc.assert(
      fc.property(fc.array(orderCommand), schema, (all, writes) => {
        agree(all, 'order-order1', orderSpec as never, writes);
      }),
    );
  });
});

/** What `name` says of a run in which clients saw `history` and the nodes held `replicas`. */
function resultOf(
  name: string,
  history: readonly Entry<Operation>[],
  store: Partial<Holding & { kind: 'store' }>,
  cached?: Holding,
): CheckResult {
  const nothing = { kind: 'store' as const, log: [], hidden: {}, deleted: {}, snapshots: {}, generation: 0 };
  const property = properties.find((one) => one.name === name);
  if (property === undefined) throw new Error(`no property '${name}'`);
  const replicas = new Map<string, Holding>([['store', { ...nothing, ...store }]]);
  if (cached !== undefined) replicas.set('service1', cached);
  const plan = planGenerator(eventStoreAggregates)(0);
  const ends = { probesFrom: history.length, finalReadsFrom: history.length };
  return property.check({ history, ...ends, replicas, tally: {} as never, plan });
}

const drawn = (text: string) =>
  parseNotation<Operation>(text, {
    vocabulary: { open: 'account n', deposit: 'account amount n', transfer: 'from to amount n' },
  });

describe('an acknowledged append', () => {
  const history = drawn('P0 |--open alice 0: {"version":1}--| |--deposit alice 5 1: {"version":2}--|');
  const judged = (store: Partial<Holding & { kind: 'store' }>) =>
    resultOf('an acknowledged append is where it was acknowledged to be', history, store).verdict;

  test('is kept, or truncated since, or lost', () => {
    const log = recorded([opened, deposited(5)]);
    expect(judged({ log })).toBe('valid');
    expect(judged({ log: log.slice(1), hidden: { [STREAM]: 1 } })).toBe('valid');
    expect(judged({ log: [], hidden: { [STREAM]: 2 } })).toBe('unknown');
    expect(judged({ log: log.slice(0, 1) })).toBe('invalid');
  });

  test('is lost where another took its version', () => {
    const [first, second] = recorded([opened, deposited(5)]);
    if (first === undefined || second === undefined) return;
    expect(judged({ log: [first, { ...second, metadata: { command: 'k7' } }] })).toBe('invalid');
  });
});

describe('a state in the past', () => {
  const log = recorded([opened, deposited(5), deposited(2)]);
  const shown = (version: number, cents: number) => ({ version, state: { open: version > 0, cents } });
  const judged = (operation: Operation, result: unknown, store: Partial<Holding & { kind: 'store' }> = { log }) => {
    const history = [
      ...drawn('P0 |--deposit alice 2 2: {"version":3}--|'),
      { type: 'invoke' as const, process: 1, time: time(90_000), operation },
      { type: 'ok' as const, process: 1, time: time(91_000), result },
    ];
    return resultOf('a state in the past is the fold of a beginning of its stream', history, store).verdict;
  };
  const asOf = (version: number): Operation => ({ kind: 'as of', account: 'alice', version });
  const backAt = (micros: number): Operation => ({ kind: 'back at', account: 'alice', micros });

  test('is that of the version, or of the time, that was asked for', () => {
    expect(judged(asOf(2), shown(2, 500))).toBe('valid');
    expect(judged(asOf(2), shown(1, 0))).toBe('invalid');
    expect(judged(asOf(2), shown(2, 700))).toBe('invalid');
    expect(judged(asOf(2), shown(3, 700))).toBe('invalid');
    expect(judged(backAt(2_500), shown(2, 500))).toBe('valid');
    expect(judged(backAt(2_500), shown(3, 700))).toBe('invalid');
    expect(judged(backAt(2_500), shown(1, 0))).toBe('invalid');
  });

  test('is not known from what is not past, or is gone', () => {
    expect(judged(asOf(9), shown(3, 700))).toBe('unknown');
    expect(judged(asOf(0), shown(0, 0))).toBe('unknown');
    expect(judged(asOf(1), { unavailable: true })).toBe('unknown');
    expect(judged(asOf(1), shown(1, 0), { log: log.slice(2), hidden: { [STREAM]: 2 } })).toBe('unknown');
  });
});

describe('transfers', () => {
  const requested = { type: 'requested', schema: 2, data: { from: 'alice', to: 'bob', amount: 1 } };
  const settled = (outcome: string) => ({ type: 'settled', schema: 2, data: { outcome } });
  const part = (type: string) => ({ type, schema: 1, data: { amount: 1, transfer: 'k0' } });
  const judged = (from: string[], to: string[], outcome?: string) =>
    resultOf('after healing, every transfer has moved its money, or put it back', [], {
      log: [
        ...recorded([requested, ...(outcome === undefined ? [] : [settled(outcome)])], 'transfer-k0'),
        ...recorded(from.map(part)),
        ...recorded(to.map(part), 'account-bob'),
      ],
    }).verdict;

  test('are completed, refused, or returned, and nothing else', () => {
    expect(judged(['debited'], ['credited'], 'completed')).toBe('valid');
    expect(judged(['debit refused'], [], 'refused')).toBe('valid');
    expect(judged(['debited', 'refunded'], ['credit refused'], 'returned')).toBe('valid');
    expect(judged(['debited'], ['credited'])).toBe('invalid');
    expect(judged(['debited'], [], 'completed')).toBe('invalid');
    expect(judged(['debited', 'refunded'], ['credited'], 'returned')).toBe('invalid');
    expect(judged(['debited'], [], 'refused')).toBe('invalid');
  });
});

describe('a cached aggregate', () => {
  const state = (cents: number) => ({ kind: 'account' as const, open: true, cents, currency: CURRENCY, transfers: {} });
  const judged = (version: number, cents: number, store: Partial<Holding & { kind: 'store' }>) =>
    resultOf('a cached aggregate is what its stream says', [], store, {
      kind: 'cache',
      aggregates: { [STREAM]: { version, state: state(cents), handled: {} } },
    }).verdict;
  const log = recorded([opened, deposited(5), deposited(2)]);

  test('may be old, and must have been true', () => {
    expect(judged(3, 700, { log })).toBe('valid');
    expect(judged(2, 500, { log })).toBe('valid');
    expect(judged(2, 700, { log })).toBe('invalid');
    expect(judged(4, 700, { log })).toBe('invalid');
  });

  test('is judged by the snapshot where the stream is truncated, and not at all where that is younger', () => {
    const snapshots = {
      [STREAM]: { stream: STREAM, version: 2, schema: 1, state: { open: true, units: 5 }, time: 2_000 },
    };
    const store = { log: log.slice(2), hidden: { [STREAM]: 2 }, snapshots };
    expect(judged(3, 700, store)).toBe('valid');
    expect(judged(3, 500, store)).toBe('invalid');
    expect(judged(1, 0, store)).toBe('unknown');
    expect(equal(booksOf(snapshots[STREAM]), { ...BLANK, open: true, cents: 500 })).toBe(true);
  });
});
