/** The event store model: its mechanisms really happen under the generic generator, and its aggregate decides rightly. */
import { describe, expect, test } from 'vitest';
import { planGenerator, simulate, type Run } from 'faultline';
import { eventStore } from 'faultline/models';
import { decide, fold } from '../models/event-store/bank.js';

const generate = planGenerator(eventStore);
const runs = Array.from({ length: 60 }, (_, seed): Run => simulate(eventStore, generate(seed), { trace: true }));

/** How often each kind of message was delivered, over all runs. */
function delivered(kind: string): number {
  let count = 0;
  for (const { trace } of runs)
    for (const event of trace ?? []) if (event.kind === 'deliver' && event.message.kind === kind) count++;
  return count;
}

/** The positions of each run's log, in the order of the commits. */
const commitOrders = runs.map(({ history, inspectionsFrom }) =>
  history.slice(inspectionsFrom).flatMap((entry) => {
    if (entry.type !== 'ok' || typeof entry.result !== 'object' || entry.result === null) return [];
    const events: unknown = 'events' in entry.result ? entry.result.events : undefined;
    if (!Array.isArray(events)) return [];
    return events.map((event: { readonly position: number }) => event.position);
  }),
);

describe('the event store', () => {
  test('commits transactions in another order than they took their positions', () => {
    const outOfOrder = commitOrders.filter((order) => order.some((position, at) => position < (order[at - 1] ?? 0)));
    expect(outOfOrder.length).toBeGreaterThan(runs.length / 6);
  });

  test('refuses appends at the wrong version, and its clients decide anew', () => {
    expect(delivered('conflict')).toBeGreaterThan(20);
    expect(delivered('appended')).toBeGreaterThan(500);
  });

  test('is crashed with unsynced writes, and recovers', () => {
    const lost = runs.reduce((sum, { tally }) => sum + tally.unsyncedWritesLost, 0);
    expect(lost).toBeGreaterThan(0);
  });

  test('leaves gaps where appends were refused or rolled back, and readers pass them', () => {
    const hasGap = (order: readonly number[]) => Math.max(0, ...order) > order.length;
    expect(commitOrders.filter(hasGap).length).toBeGreaterThan(runs.length / 6);
  });

  test('leaves clients not knowing whether their append took effect', () => {
    const unknown = runs.flatMap(({ history }) => history.filter(({ type }) => type === 'info'));
    expect(unknown.length).toBeGreaterThan(0);
  });
});

describe('a projection', () => {
  test('starts again from its checkpoint, and is sent events that it has applied already', () => {
    let replayed = 0;
    for (const { trace } of runs) {
      const seen = new Map<string, number>();
      for (const event of trace ?? []) {
        if (event.kind !== 'deliver' || event.message.kind !== 'page' || !('events' in event.message)) continue;
        const events = event.message.events;
        if (!Array.isArray(events)) continue;
        for (const { position } of events as { readonly position: number }[]) {
          if (position <= (seen.get(event.node) ?? 0)) replayed++;
          else seen.set(event.node, position);
        }
      }
    }
    expect(replayed).toBeGreaterThan(20);
  });
});

describe('runs of the event store', () => {
  for (const mutant of [undefined, ...Object.keys(eventStore.mutants)])
    test(`go the same way in place and through immer (${mutant ?? 'correct'})`, () => {
      for (let seed = 0; seed < 40; seed++) {
        const plan = generate(seed);
        const inPlace = simulate(eventStore, plan, { mutant });
        const immer = simulate(eventStore, plan, { mutant, execution: 'immer' });
        expect(immer.digest).toBe(inPlace.digest);
      }
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

  test('takes deposits only once open', () => {
    const deposit = { kind: 'deposit' as const, account: 'alice', amount: 5, n: 1 };
    expect(decide(fold([]), deposit)).toEqual({ kind: 'refused', reason: 'no such account' });
  });

  test('pays out what it has, less the fee, and no more', () => {
    const withdraw = (amount: number) => ({ kind: 'withdraw' as const, account: 'alice', amount, n: 1 });
    expect(decide(fold(opened), withdraw(9)).kind).toBe('accepted');
    expect(decide(fold(opened), withdraw(10))).toEqual({ kind: 'refused', reason: 'insufficient funds' });
  });
});
