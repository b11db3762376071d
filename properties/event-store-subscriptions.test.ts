/**
 * The subscriptions to the event store: what judges them sees what it is there to see, and does not flag what their promises
 * allow: duplicates, lag, and the order of what was tried again.
 */
import { readFileSync } from 'node:fs';
import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { judge, planGenerator, simulate, type CheckResult, type Run, type System } from 'faultline';
import { eventStoreCatchUp, eventStorePersistent } from 'faultline/models';
import { time } from '../framework/kernel/time.js';
import type { BankEvent, RecordedEvent } from '../models/event-store/messages.js';
import type { Effect, Holding } from '../models/event-store/subscriptions/evidence.js';
import { delivery } from '../models/event-store/subscriptions/delivery.js';
import { newIn } from '../models/event-store/subscriptions/following.js';
import { readParked, writeParked, writeTaken } from '../models/event-store/subscriptions/parked-queue.js';
import { ignoringRetries, persistentRules } from '../models/event-store/subscriptions/persistent-rules.js';
import {
  dispatchToSingle,
  pinned,
  roundRobin,
  type ConsumerStrategy,
} from '../models/event-store/subscriptions/strategies.js';
import { inTurn, oneConsumer, oneWorks } from '../models/event-store/subscriptions/strategy-invariants.js';
import type { Ctx, Outstanding, SubscriptionState } from '../models/event-store/subscriptions/subscription-state.js';
import { census, turnover, type Projection, type View } from '../models/event-store/subscriptions/views.js';

/** Events of one stream, at every other position: positions have gaps. */
const recorded = (events: readonly BankEvent[], stream = 'alice'): RecordedEvent[] =>
  events.map((event, version) => ({ position: 2 * version + 1, stream, version, command: 1, event }));

const LOG = recorded([{ type: 'opened' }, { type: 'deposited', amount: 9 }, { type: 'withdrawn', amount: 5 }]);

/** What `property` says of a run in which nodes ended with these holdings, and one command was asked before the probes. */
function resultOf(
  system: System,
  property: string,
  holdings: Readonly<Record<string, Holding>>,
  isProbe = false,
): CheckResult {
  const entry = (process: number, operation: { kind: string }, result: unknown): Run['history'] => [
    { type: 'invoke', process, time: time(0), operation },
    { type: 'ok', process, time: time(0), result },
  ];
  const asked = entry(1, { kind: 'open', ...{ account: 'alice', n: 1 } }, { version: 1 });
  const inspected = Object.entries(holdings).flatMap(([node, held]) =>
    entry(9, { kind: 'inspect', ...{ node } }, held),
  );
  const plan = planGenerator(system)(0);
  const { results } = judge(system, {
    ...simulate(system, plan),
    outcome: { kind: 'completed' },
    history: [...asked, ...inspected],
    probesFrom: isProbe ? 0 : asked.length,
    finalReadsFrom: asked.length,
    inspectionsFrom: asked.length,
  });
  const found = results.find((one) => one.property === property);
  if (found === undefined) throw new Error(`no property '${property}'`);
  return found.result;
}

const log = (events: readonly RecordedEvent[] = LOG): Holding => ({ kind: 'log', events });

describe('what judges', () => {
  test('shares no code with what it judges, but for types', () => {
    for (const judge of ['evidence', 'catch-up-properties', 'persistent-properties', 'strategy-invariants']) {
      const path = new URL(`../models/event-store/subscriptions/${judge}.ts`, import.meta.url);
      const imported = [...readFileSync(path, 'utf8').matchAll(/^import (?!type).*? from '([^']*)';$/gms)].map(
        ([, from]) => from,
      );
      for (const from of imported)
        expect([
          '../../../framework/index.js',
          '../messages.js',
          '../nodes.js',
          './evidence.js',
          './nodes.js',
          './timing.js',
        ]).toContain(from);
    }
  });
});

describe('a projection on a catch-up subscription', () => {
  const FOLDED = 'a projection is the fold of the log up to its position';
  const REACHES = 'after healing, every projection reaches the end of the log';
  const at = (position: number, view: View): Holding => ({ kind: 'projection', position, view, seen: {} });
  const right = {
    store: log(),
    turnover: at(5, { withdrawals: 1, paidOut: 5 }),
    census: at(5, { opened: 1, deposited: 1, withdrawn: 1 }),
  };
  const verdict = (property: string, holdings: Readonly<Record<string, Holding>>) =>
    resultOf(eventStoreCatchUp, property, { ...right, ...holdings }).verdict;

  test('has folded each event once', () => {
    expect(verdict(FOLDED, {})).toBe('valid');
    for (const view of [
      {},
      { opened: 1, deposited: 1 },
      { opened: 1, deposited: 2, withdrawn: 1 },
      { opened: 1, deposited: 1, withdrawn: 1, 'fee charged': 1 },
    ])
      expect(verdict(FOLDED, { census: at(5, view) })).toBe('invalid');
    expect(verdict(FOLDED, { turnover: at(5, { withdrawals: 0, paidOut: 0 }) })).toBe('invalid');
  });

  test('may lag, but not for ever', () => {
    const behind = { census: at(4, { opened: 1, deposited: 1 }) };
    expect(verdict(FOLDED, behind)).toBe('valid');
    expect(verdict(REACHES, behind)).toBe('invalid');
    expect(verdict(REACHES, {})).toBe('valid');
    expect(verdict(REACHES, { census: at(8, right.census.kind === 'projection' ? right.census.view : {}) })).toBe(
      'valid',
    );
  });

  test('is not known where a node was not inspected, or only probes were appended', () => {
    expect(resultOf(eventStoreCatchUp, FOLDED, { store: log(), census: right.census }).verdict).toBe('unknown');
    expect(resultOf(eventStoreCatchUp, FOLDED, right, true).verdict).toBe('unknown');
  });

  test('folds as its judge does', () => {
    const amount = fc.integer({ min: 1, max: 5 });
    const event = fc.oneof<fc.Arbitrary<BankEvent>[]>(
      fc.record({ type: fc.constant('opened') }),
      fc.record({ type: fc.constant('deposited'), amount }),
      fc.record({ type: fc.constant('withdrawn'), amount }),
      fc.record({ type: fc.constant('fee charged'), amount }),
    );
    fc.assert(
      fc.property(fc.array(event), (events) => {
        const all = recorded(events);
        const fold = ({ initial, when }: Projection) => at(2 * all.length, all.reduce(when, initial));
        const holdings = { store: log(all), turnover: fold(turnover), census: fold(census) };
        expect(resultOf(eventStoreCatchUp, FOLDED, holdings).verdict).not.toBe('invalid');
      }),
      { numRuns: 50 },
    );
  });
});

describe('a persistent subscription', () => {
  const NOT_SKIPPED = 'every event is handled by a consumer, or parked';
  const ONCE = 'a consumer applies an event once';
  const IN_ORDER = 'a consumer handles the events of a stream in order, but for retries';
  const effect = (version: number, how: Partial<Effect> = {}): Effect => ({
    id: `alice@${version}`,
    position: 2 * version + 1,
    stream: 'alice',
    connection: 'a',
    retries: 0,
    replayed: false,
    ...how,
  });
  const judged = (
    property: string,
    [first = [], second = []]: readonly (readonly Effect[])[],
    { checkpoint = 5, parked = [] as readonly number[] } = {},
  ) => {
    const subscription: Holding = {
      kind: 'subscription',
      checkpoint,
      parked: LOG.filter(({ version }) => parked.includes(version)).map((event) => ({ event })),
      seen: {},
    };
    const sink = (effects: readonly Effect[]): Holding => ({ kind: 'sink', effects, again: 0 });
    const sinks = { consumer1: sink(first), consumer2: sink(second), consumer3: sink([]) };
    return resultOf(eventStorePersistent, property, { store: log(), subscription, ...sinks });
  };
  const rule = (result: CheckResult) => (result.verdict === 'invalid' ? result.violation.rule : result.verdict);

  test('has each event handled by some consumer, or parked', () => {
    expect(rule(judged(NOT_SKIPPED, [[effect(0), effect(2)], [effect(1)]]))).toBe('valid');
    expect(rule(judged(NOT_SKIPPED, [[effect(0), effect(2)]], { parked: [1] }))).toBe('valid');
    expect(rule(judged(NOT_SKIPPED, [[effect(0), effect(2)]]))).toBe('event skipped');
    expect(rule(judged(NOT_SKIPPED, [[effect(0), effect(2)]], { checkpoint: 2 }))).toBe('event not handled yet');
  });

  test('may have an event handled by two consumers, and one that was handled parked', () => {
    const twice = [[effect(0), effect(1), effect(2)], [effect(1)]];
    for (const property of [NOT_SKIPPED, ONCE, IN_ORDER])
      expect(rule(judged(property, twice, { parked: [2] }))).toBe('valid');
  });

  test('leaves no second effect with a consumer, and none of nothing', () => {
    expect(rule(judged(ONCE, [[effect(0), effect(0)]]))).toBe('applied twice');
    expect(rule(judged(ONCE, [[effect(3)]]))).toBe('effect of nothing');
  });

  test('keeps the order of a stream by one connection, unless an event was tried before', () => {
    expect(rule(judged(IN_ORDER, [[effect(1), effect(0)]]))).toBe('out of order');
    expect(rule(judged(IN_ORDER, [[effect(0), effect(1)]]))).toBe('valid');
    for (const how of [{ retries: 1 }, { replayed: true }, { connection: 'b' }, { stream: 'bob' }])
      expect(rule(judged(IN_ORDER, [[effect(1), effect(0, how), effect(2)]]))).toBe('valid');
    expect(rule(judged(IN_ORDER, [[effect(1), effect(2)], [effect(0)]]))).toBe('valid');
  });

  test('shows nothing of order or repetition where no connection had two events of a stream, or nothing was handled', () => {
    expect(rule(judged(IN_ORDER, [[effect(1)], [effect(0)]]))).toBe('unknown');
    expect(rule(judged(ONCE, [], { parked: [0, 1, 2] }))).toBe('unknown');
  });

  test('has a stream with one consumer at a time, but for what is tried again', () => {
    const [one, other] = LOG;
    if (one === undefined || other === undefined) throw new Error('the log is empty');
    const verdict = (...outstanding: readonly Outstanding[]) => {
      const state = { outstanding } as unknown as SubscriptionState;
      return oneConsumer()(new Map([['subscription', state]]), 'subscription');
    };
    const fresh = { retries: 0, replayed: false };
    const first = { event: one, consumer: 'consumer1', ...fresh };
    expect(verdict(first, { event: other, consumer: 'consumer1', ...fresh })).toBeUndefined();
    expect(verdict(first, { event: other, consumer: 'consumer2', ...fresh, retries: 1 })).toBeUndefined();
    expect(verdict(first, { event: other, consumer: 'consumer2', ...fresh, replayed: true })).toBeUndefined();
    expect(verdict(first, { event: other, consumer: 'consumer2', ...fresh })).toMatch('alice');
  });

  test('has its checkpoint below all that is neither acknowledged nor parked, wherever it is', () => {
    const none = { waiting: [], outstanding: [], retrying: [], parking: [], through: 9 };
    expect(persistentRules.checkpoint(none)).toBe(9);
    for (const where of ['waiting', 'outstanding', 'retrying', 'parking'])
      expect(persistentRules.checkpoint({ ...none, [where]: [7, 4] })).toBe(3);
    expect(ignoringRetries({ ...none, retrying: [4] })).toBe(9);
  });
});

describe('what is sent next', () => {
  const [first, second, third] = LOG;
  if (first === undefined || second === undefined || third === undefined) throw new Error('the log is too short');
  const once = { retries: 1, replayed: false };
  const subscription = (some: Partial<SubscriptionState>): SubscriptionState => ({
    ...{ through: 5, waiting: [], retrying: [], outstanding: [], parking: [], parked: [] },
    ...{ connections: { consumer1: 'a' }, turns: ['consumer1'], pins: {}, checkpoint: 0, sinceCheckpoint: 0 },
    seen: { timeOuts: 0, disconnects: 0, passedOver: 0, replays: 0, full: 0, shared: 0 },
    ...some,
  });
  /** The versions of what is outstanding after a dispatch by which only so many events can go. */
  const sent = (room: number, some: Partial<SubscriptionState>): number[] => {
    const busy = recorded([{ type: 'opened' }, { type: 'opened' }, { type: 'opened' }], 'bob').slice(room);
    const outstanding = busy.map((event) => ({ event, ...once, consumer: 'consumer1' }));
    const state = subscription({ ...some, outstanding: [...outstanding] });
    const ctx = { send: () => undefined, setTimer: () => undefined } as unknown as Ctx;
    delivery(persistentRules).dispatch(state, ctx);
    return state.outstanding.slice(outstanding.length).map(({ event }) => event.version);
  };

  test('is what is to be tried again, then what is new, and what was replayed last, which may be for ever', () => {
    const retrying = [
      { event: first, retries: 0, replayed: true },
      { event: third, ...once },
    ];
    const some = { waiting: [second], retrying };
    expect(sent(1, some)).toEqual([2]);
    expect(sent(2, some)).toEqual([2, 1]);
    expect(sent(3, some)).toEqual([2, 1, 0]);
  });

  test('is nothing while the consumer is busy, or none is connected', () => {
    expect(sent(0, { waiting: [first] })).toEqual([]);
    expect(sent(3, { waiting: [first], connections: {}, turns: [] })).toEqual([]);
  });
});

/** To whom a strategy sends events of these streams, one after the other, where each consumer has room for two. */
function sentBy(strategy: ConsumerStrategy, streams: readonly string[]): (string | undefined)[] {
  const [turns, pins, load]: [string[], Record<string, string>, Record<string, number>] = [['a', 'b', 'c'], {}, {}];
  return streams.map((stream) => {
    const free = ['a', 'b', 'c'].filter((one) => (load[one] ?? 0) < 2);
    const to = strategy(stream, { turns, pins, free });
    if (to !== undefined) load[to] = (load[to] ?? 0) + 1;
    return to;
  });
}

describe('a consumer strategy', () => {
  test('pins a stream to a consumer, and has it wait while that is busy', () => {
    expect(sentBy(pinned, ['s', 's', 't', 's', 't', 'u'])).toEqual(['a', 'a', 'b', undefined, 'b', 'c']);
  });

  test('goes round, and leaves out who is busy', () => {
    expect(sentBy(roundRobin, ['s', 's', 's', 's', 's', 's', 's'])).toEqual(['a', 'b', 'c', 'a', 'b', 'c', undefined]);
  });

  test('has one consumer do the work while it has room', () => {
    expect(sentBy(dispatchToSingle, ['s', 't', 's', 't', 's'])).toEqual(['a', 'a', 'b', 'b', 'c']);
  });

  const connections = { consumer1: 'x', consumer2: 'y', consumer3: 'z' };
  /** What an invariant says after each of these steps, each of which has so many events outstanding with the consumers named. */
  const said = (check: typeof inTurn, ...steps: readonly (readonly number[])[]) => {
    const judge = check();
    return steps.map((consumers) => {
      const outstanding = consumers.map((consumer, place) => ({
        event: { position: consumers.slice(0, place).filter((one) => one === consumer).length },
        ...{ retries: 0, replayed: false, consumer: `consumer${consumer}` },
      }));
      return judge(
        new Map([['subscription', { outstanding, connections } as unknown as SubscriptionState]]),
        'subscription',
      );
    });
  };

  test('is seen to go round, or not', () => {
    expect(said(inTurn, [1], [1, 2], [1, 2, 3, 1])).toEqual([undefined, undefined, undefined]);
    // Consumers 2 and 3 keep three events each, and so have no room.
    const busy = [2, 3, 2, 3, 2, 3];
    expect(said(inTurn, [1, 2, 3, 1, 2, 3, 1, 2, 3], busy, [...busy, 1, 1])).toEqual([undefined, undefined, undefined]);
    expect(said(inTurn, [1], [1, 2, 1])[1]).toMatch(/^x was sent two events, and z/);
  });

  test('is seen to keep to one consumer, or not', () => {
    expect(said(oneWorks, [1, 1], [1, 1, 1], [1, 1, 1, 2])).toEqual([undefined, undefined, undefined]);
    expect(said(oneWorks, [1, 1], [1, 1, 2])[1]).toMatch(/^y was sent an event while x/);
  });
});

describe('parts', () => {
  const page = (after: number) => ({ kind: 'page' as const, after, through: 9, events: LOG });

  test('whoever follows the store takes what is new, and knows when a page is missing', () => {
    expect(newIn(page(0), { through: 2 })).toEqual(LOG.slice(1));
    expect(newIn(page(2), { through: 2 })).toEqual(LOG.slice(1));
    expect(newIn(page(3), { through: 2 })).toBeUndefined();
  });

  test('the parked queue is what was parked and not taken', () => {
    const lines: unknown[] = [];
    const disk = {
      append: (_log: string, line: unknown) => void lines.push(line),
      read: <R>() => lines as R[],
    };
    const ctx = { disk } as unknown as Parameters<typeof readParked>[0];
    for (const event of LOG) writeParked(event, ctx);
    writeTaken(3, ctx);
    expect(readParked(ctx).map(({ event }) => event.position)).toEqual([1, 5]);
  });
});
