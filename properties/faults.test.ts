/** What faults do to the world, seen through the smallest system and plans written by hand. */
import { describe, expect, test } from 'vitest';
import * as fc from 'fast-check';
import {
  findBreaches,
  judge,
  simulate,
  type Fault,
  type Plan,
  type Run,
  type System,
  type TraceEvent,
} from 'faultline';
import { pings, pingSystem, plansOf, quietPlan, type PingServer } from './fixtures/ping.js';
import { diskSystem } from './fixtures/fault-victims.js';
import { naive } from './readme-example.js';

/** Everything that the trace says of `kind`. */
function events<K extends TraceEvent['kind']>({ trace }: Run, kind: K): Extract<TraceEvent, { kind: K }>[] {
  return (trace ?? []).filter((event): event is Extract<TraceEvent, { kind: K }> => event.kind === kind);
}

const run = (system: System, plan: Partial<Plan>): Run => simulate(system, quietPlan(plan), { trace: true });

/** The results of the first client's operations; what did not end well by its type. */
const results = ({ history, finalReadsFrom }: Run): unknown[] =>
  history
    .slice(0, finalReadsFrom)
    .flatMap((entry) => (entry.type === 'invoke' ? [] : [entry.type === 'ok' ? entry.result : entry.type]));

const crash = (at: number, forMicros: number | null, unsyncedKeptPercent = 0): Fault => ({
  kind: 'crash',
  at,
  node: 'server',
  forMicros,
  unsyncedKeptPercent,
});

describe('a crash', () => {
  test('loses what is in memory, and whatever arrives while the node is down', () => {
    const { operations } = {
      operations: [0, 1_500, 30_000].map((at) => ({ at, client: 0, operation: { kind: 'ping' } })),
    };
    const crashed = run(pingSystem(), { operations, faults: [crash(2_200, 5_000)] });
    // The second request meets a dead server; the third finds a fresh one.
    expect(results(crashed)).toEqual([1, 'info', 1]);
    expect(events(crashed, 'lost').map(({ reason }) => reason)).toEqual(['receiver down']);
  });

  test('clears timers', () => {
    const ticking: Partial<PingServer> = {
      init: (ctx) => {
        if (ctx.self === 'server') ctx.setTimer('tick', 10_000);
        return { count: 0, heard: [] };
      },
      recover: () => ({ count: 100, heard: [] }),
    };
    const ticks = (faults: readonly Fault[]) => events(run(pingSystem(ticking), { faults }), 'timer').length;
    const askingTicks = events(run(pingSystem(), {}), 'timer').length;
    expect(ticks([]) - askingTicks).toBe(1);
    expect(ticks([crash(5_000, 1_000)]) - askingTicks).toBe(0);
  });

  test('that lasts until healing ends then', () => {
    const { tally, endedAtMicros } = run(pingSystem(), { faults: [crash(0, null)] });
    expect(tally).toMatchObject({ crashes: 1, restarts: 1 });
    expect(endedAtMicros).toBeGreaterThan(120_000);
  });

  test('that overlaps another keeps the node down until both are over', () => {
    const overlapping = run(pingSystem(), {
      operations: [{ at: 8_000, client: 0, operation: { kind: 'ping' } }],
      faults: [crash(1_000, 4_000), crash(2_000, 10_000)],
    });
    expect(overlapping.tally).toMatchObject({ crashes: 1, restarts: 1 });
    expect(results(overlapping)).toEqual(['info']);
  });
});

test('what was judged is counted: operations, how many at once, and the faults that met some of them', () => {
  const pingAt = (at: number, client: number) => ({ at, client, operation: { kind: 'ping' } });
  const plan: Partial<Plan> = {
    clients: 2,
    operations: [pingAt(1_000, 0), pingAt(1_000, 1), pingAt(40_000, 0)],
    // The first begins while two operations are open, the second between operations, the third not before healing.
    faults: [crash(1_100, 500), crash(30_000, 1_000), crash(10_000_000, 1_000)],
  };
  const system = pingSystem();
  expect(judge(system, run(system, plan)).exercised).toEqual({
    operations: 3,
    concurrencyMax: 2,
    faults: 2,
    faultsOverlapped: 1,
  });
  const lasting = { ...plan, faults: [crash(30_000, null)] };
  expect(judge(system, run(system, lasting)).exercised).toMatchObject({ faults: 1, faultsOverlapped: 1 });
});

describe('a disk', () => {
  /** Counts on disk; syncs what it wrote only when `sync` says so. */
  const durable = (sync: boolean) =>
    pingSystem({
      recover: (ctx) => ({ count: ctx.disk.read<number>('log').length, heard: [] }),
      on: {
        ping(state, { id }, from, ctx) {
          state.count++;
          ctx.disk.append('log', state.count);
          if (sync) ctx.disk.sync('synced', id);
          ctx.send(from, { kind: 'pong', id, count: state.count });
        },
      },
    });
  const plan = (kept: number): Partial<Plan> => ({
    operations: [...pings(4), { at: 30_000, client: 0, operation: { kind: 'ping' } }],
    faults: [crash(20_000, 1_000, kept)],
  });

  test('keeps what was synced before a crash', () => {
    expect(results(run(durable(true), plan(0)))).toEqual([1, 2, 3, 4, 5]);
  });

  test('loses all that was not synced, or all but a prefix', () => {
    expect(results(run(durable(false), plan(0))).at(-1)).toBe(1);
    expect(results(run(durable(false), plan(50))).at(-1)).toBe(3);
    expect(results(run(durable(false), plan(100))).at(-1)).toBe(5);
    expect(run(durable(false), plan(50)).tally.unsyncedWritesLost).toBe(2);
  });

  test('makes durable only what was written before the sync', () => {
    const late = pingSystem({
      recover: (ctx) => ({ count: ctx.disk.read<number>('log').length, heard: [] }),
      on: {
        ping(state, { id }, from, ctx) {
          ctx.disk.append('log', 'before');
          ctx.disk.sync('synced', id);
          ctx.disk.append('log', 'after');
          state.count = ctx.disk.read<string>('log').length;
          ctx.send(from, { kind: 'pong', id, count: state.count });
        },
      },
    });
    const crashed = run(late, {
      operations: [0, 30_000].map((at) => ({ at, client: 0, operation: { kind: 'ping' } })),
      faults: [crash(20_000, 1_000)],
    });
    // Two records at first; one survives, and two more are written.
    expect(results(crashed)).toEqual([2, 3]);
  });
});

describe('a pause', () => {
  test('delays what arrives, in its order, and loses nothing', () => {
    const paused = run(pingSystem(), {
      operations: [0, 1].map((client) => ({ at: client * 100, client, operation: { kind: 'ping' } })),
      faults: [{ kind: 'pause', at: 500, node: 'server', forMicros: 5_000 }],
    });
    expect(results(paused)).toEqual([1, 2]);
    const arrivals = events(paused, 'deliver').filter(({ node }) => node === 'server');
    expect(arrivals.map(({ time, from }) => [time, from]).slice(0, 2)).toEqual([
      [5_500, 'c1'],
      [5_500, 'c2'],
    ]);
  });
});

describe('messages that take their server time', () => {
  const ping = (client: number, at: number) => ({ at, client, operation: { kind: 'ping' } });
  const serving = (micros: number): System => {
    const ordinary = pingSystem();
    const service = (_node: string, { kind }: { kind: string }) => (kind === 'ping' ? micros : 0);
    return { ...ordinary, cluster: (mutant, servers) => ({ ...ordinary.cluster(mutant, servers), service }) };
  };
  const times = (run: Run) =>
    run.history
      .slice(0, run.finalReadsFrom)
      .flatMap(({ type, time }) => (type === 'invoke' ? [] : [[type, time] as const]));

  test('wait for one another in the order of their arrival, and are answered when they are done', () => {
    const served = run(serving(3_000), { operations: [ping(0, 0), ping(1, 100)] });
    // On the way for 1 ms, served for 3 ms, and 1 ms back; the second waits for the first.
    expect(times(served)).toEqual([
      ['ok', 5_000],
      ['ok', 8_000],
    ]);
    expect(results(served)).toEqual([1, 2]);
  });

  test('are lost with the process that has them, and the next process starts with none', () => {
    const crashed = run(serving(3_000), {
      operations: [ping(0, 0), ping(1, 2_000)],
      faults: [crash(2_500, 100)],
    });
    expect(events(crashed, 'lost').map(({ reason }) => reason)).toEqual(['receiver down']);
    expect(times(crashed)).toEqual([
      ['ok', 7_000],
      ['info', 10_000],
    ]);
  });

  test('are not lost to a partition that begins while they wait', () => {
    const faults: Fault[] = [
      { kind: 'partition', at: 1_500, from: ['c1'], to: ['server'], direction: 'both', forMicros: 2_000 },
    ];
    expect(results(run(serving(3_000), { operations: [ping(0, 0)], faults }))).toEqual([1]);
  });

  test('take no time that is not a whole number of microseconds', () => {
    const { outcome } = run(serving(0.5), { operations: [ping(0, 0)] });
    expect(outcome).toMatchObject({
      kind: 'model-error',
      reason: "service('server', ping) is 0.5 µs; it must be a whole number of microseconds, 0 or more",
    });
  });
});

describe('a partition', () => {
  const cut = (at: number, forMicros: number | null, direction: 'both' | 'one-way', from: string): Fault => ({
    kind: 'partition',
    at,
    from: [from],
    to: [from === 'server' ? 'c1' : 'server'],
    direction,
    forMicros,
  });

  test('loses what is under way when it begins, and what is sent while it lasts', () => {
    const inFlight = run(pingSystem(), { operations: pings(1), faults: [cut(500, 100_000, 'both', 'server')] });
    expect(events(inFlight, 'lost').map(({ reason }) => reason)).toEqual(['cut off']);
    expect(results(inFlight)).toEqual(['info']);
  });

  test('cuts only the way it names, if it is one-way', () => {
    const answersLost = run(pingSystem(), { operations: pings(1), faults: [cut(0, 50_000, 'one-way', 'server')] });
    expect(events(answersLost, 'lost').map(({ from, to }) => `${from}>${to}`)).toEqual(['server>c1']);
    const requestsLost = run(pingSystem(), { operations: pings(1), faults: [cut(0, 50_000, 'one-way', 'c1')] });
    expect(events(requestsLost, 'lost').map(({ from, to }) => `${from}>${to}`)).toEqual(['c1>server']);
  });

  test('that overlaps another is over when both are', () => {
    const operations = [4_000, 40_000].map((at) => ({ at, client: 0, operation: { kind: 'ping' } }));
    const faults = [cut(0, 3_000, 'both', 'server'), cut(0, 30_000, 'one-way', 'server')];
    expect(results(run(pingSystem(), { operations, faults }))).toEqual(['info', 2]);
  });
});

describe('a clock', () => {
  test('that runs fast makes timers end early, and shows it', () => {
    const timed = pingSystem({
      on: {
        ping(state, { id }, from, ctx) {
          state.count = ctx.now();
          ctx.setTimer('tick', 10_000);
          ctx.send(from, { kind: 'pong', id, count: state.count });
        },
      },
    });
    const clock: Fault = { kind: 'clock', at: 0, node: 'server', offsetMicros: 7, driftPerMillion: 100_000 };
    const fast = run(timed, { operations: pings(1), faults: [clock] });
    expect(results(fast)).toEqual([1_107]);
    // 10 ms of a clock that is 10 % fast.
    const tick = events(fast, 'timer').find(({ node }) => node === 'server');
    expect(tick?.time).toBe(1_000 + 9_091);
  });
});

describe('messages', () => {
  const delivered = ({ tally }: Run) => tally.delivered;

  test('are dropped and doubled at the rates asked for', () => {
    const busy = { operations: pings(50), healAt: 1_000_000 };
    const network = quietPlan().network;
    const dropped = run(pingSystem(), { ...busy, network: { ...network, dropPerMillion: 300_000 } });
    expect(dropped.tally.dropped).toBeGreaterThan(5);
    const doubled = run(pingSystem(), { ...busy, network: { ...network, duplicatePerMillion: 500_000 } });
    expect(doubled.tally.duplicated).toBeGreaterThan(20);
    expect(delivered(doubled)).toBeGreaterThan(delivered(run(pingSystem(), busy)));
  });

  test('have a fate of their own, whatever else is sent', () => {
    const stormy: Partial<Plan> = {
      network: {
        delay: { kind: 'uniform', minMicros: 100, maxMicros: 5_000 },
        dropPerMillion: 0,
        duplicatePerMillion: 0,
      },
    };
    const delaysOf = (one: Run) =>
      events(one, 'send')
        .filter(({ from }) => from === 'c1')
        .map(({ delaysMicros }) => delaysMicros[0]);
    const few = delaysOf(run(pingSystem(), { ...stormy, operations: pings(3) }));
    const more = [...pings(3), ...pings(5).map((one) => ({ ...one, client: 1 }))];
    expect(delaysOf(run(pingSystem(), { ...stormy, operations: more }))).toEqual(few);
    expect(new Set(few).size).toBe(few.length);
  });

  test('obey the plan where it decides their fate', () => {
    const decided = run(pingSystem(), {
      operations: pings(2),
      fates: [
        { from: 'c1', to: 'server', nth: 0, delaysMicros: [] },
        { from: 'c1', to: 'server', nth: 1, delaysMicros: [2_000, 2_500] },
      ],
    });
    expect(results(decided)).toEqual(['info', 1]);
    expect(decided.tally).toMatchObject({ dropped: 1, duplicated: 1 });
  });

  test('never overtake each other on a FIFO link, are never lost at random, and wait for a partition to end', () => {
    const gossiping = pingSystem(
      {
        on: {
          ping(state, { id }, from, ctx) {
            state.count++;
            ctx.send('other', { kind: 'gossip', value: state.count });
            ctx.send(from, { kind: 'pong', id, count: state.count });
          },
        },
      },
      {},
    );
    const fifo: System = {
      ...gossiping,
      cluster: (mutant) => ({ ...gossiping.cluster(mutant), fifo: (_from, to) => to === 'other' }),
    };
    fc.assert(
      fc.property(
        fc.integer({ min: 0, max: 40_000 }),
        fc.integer({ min: 1, max: 20_000 }),
        fc.nat(),
        (at, forMicros, seed) => {
          const faults: Fault[] = [
            { kind: 'partition', at, from: ['server'], to: ['other'], direction: 'both', forMicros },
            { kind: 'pause', at: at + 500, node: 'other', forMicros },
          ];
          const stormy = run(fifo, {
            seed: String(seed),
            operations: pings(30),
            faults,
            network: {
              delay: { kind: 'uniform', minMicros: 100, maxMicros: 5_000 },
              dropPerMillion: 100_000,
              duplicatePerMillion: 100_000,
            },
          });
          const heard = events(stormy, 'deliver').filter(({ node }) => node === 'other');
          const sent = events(stormy, 'send').filter(({ to }) => to === 'other');
          // The last one may still be under way when the run ends.
          expect(heard.length).toBeGreaterThanOrEqual(sent.length - 1);
          expect(heard.map(({ nth }) => nth)).toEqual(heard.map((_, index) => index));
        },
      ),
      { numRuns: 60, seed: 1 },
    );
  });
});

describe('clients', () => {
  test('leave a well-formed history, whatever happens', () => {
    for (const plan of plansOf(naive, 100)) {
      const { history } = simulate(naive, plan);
      expect(findBreaches(history)).toEqual([]);
    }
  });

  test('are replaced after an unknown outcome, and the new one hears no answer meant for the old', () => {
    const slow = run(pingSystem(), {
      operations: [0, 0].map((at) => ({ at, client: 0, operation: { kind: 'ping' } })),
      fates: [{ from: 'server', to: 'c1', nth: 0, delaysMicros: [15_000] }],
    });
    expect(results(slow)).toEqual(['info', 2]);
    const processes = slow.history.slice(0, slow.finalReadsFrom).map(({ process }) => process);
    expect(processes).toEqual([0, 0, 2, 2]);
    expect(events(slow, 'lost')).toHaveLength(1);
  });
});

test('a process that hears of a failed sync when its disk is well again is restarted all the same', () => {
  const system = diskSystem({}, { syncError: { nodes: ['s1'] }, pause: { nodes: ['s1'] } });
  const failing: Fault = { kind: 'syncError', at: 1_500, node: 's1', forMicros: 4_000 };
  const pause: Fault = { kind: 'pause', at: 2_500, node: 's1', forMicros: 6_000 };
  const operations = [{ at: 1_000, client: 0, operation: { kind: 'add', element: 1 } }];
  const diskSync = { kind: 'uniform', minMicros: 3_000, maxMicros: 3_000 } as const;
  const { tally, ...paused } = simulate(system, quietPlan({ operations, diskSync, faults: [failing, pause] }));
  expect(tally).toMatchObject({ failedSyncs: 1, panics: 1, restarts: 1 });
  expect(judge(system, { tally, ...paused }).failures).toEqual([]);
});
