/** A mistake in a model is a finding with its place, never a hang or a bare stack; and each limit is an outcome. */
import { describe, expect, test } from 'vitest';
import { judge, simulate, type Outcome } from 'faultline';
import { pings, pingSystem, quietPlan, type PingServer } from './fixtures/ping.js';

const plan = quietPlan({ operations: pings(2) });
type OnPing = NonNullable<PingServer['on']['ping']>;
const outcomeOf = (ping: OnPing): Outcome => simulate(pingSystem({ on: { ping } }), plan).outcome;

const mistakes: readonly (readonly [what: string, ping: OnPing, reason: RegExp])[] = [
  [
    'a throw',
    () => {
      throw new Error('out of luck');
    },
    /out of luck/,
  ],
  [
    'a throw of something that is no error',
    () => {
      // eslint-disable-next-line @typescript-eslint/only-throw-error -- the mistake under test
      throw 'out of luck';
    },
    /out of luck/,
  ],
  [
    'a message to a node that does not exist',
    (_state, _message, _from, ctx) => {
      ctx.send('s9', { kind: 'gossip', value: 1 });
    },
    /no node 's9'; the nodes are server, other, c1, c2/,
  ],
  [
    'a negative timer',
    (_state, _message, _from, ctx) => {
      ctx.setTimer('tick', -5);
    },
    /timer 'tick' to -5 µs; a delay is a whole number/,
  ],
  [
    'half a microsecond',
    (_state, _message, _from, ctx) => {
      ctx.setTimer('tick', 0.5);
    },
    /timer 'tick' to 0.5 µs/,
  ],
  [
    'a message that is not plain data',
    (_state, _message, _from, ctx) => {
      ctx.send('other', { kind: 'gossip', value: new Map() });
    },
    /plain data.*Map/,
  ],
  [
    'a function in a message',
    (_state, _message, _from, ctx) => {
      ctx.send('other', { kind: 'gossip', value: [() => 1] });
    },
    /plain data.*function/,
  ],
  [
    'a message that contains itself',
    (_state, _message, _from, ctx) => {
      const loop: { self?: unknown } = {};
      loop.self = loop;
      ctx.send('other', { kind: 'gossip', value: loop });
    },
    /cyclic/,
  ],
  [
    'a truncation to a negative length',
    (_state, _message, _from, ctx) => {
      ctx.disk.truncate('log', -1);
    },
    /disk.truncate\('log'\)/,
  ],
];

describe('a handler’s mistake ends the run with its place', () => {
  for (const [what, ping, reason] of mistakes)
    test(what, () => {
      expect(outcomeOf(ping)).toMatchObject({
        kind: 'model-error',
        reason: expect.stringMatching(reason) as string,
        where: { step: 2, timeMicros: 1_000, node: 'server', doing: 'handling ping from c1' },
      });
    });

  test('a message that the receiver has no handler for', () => {
    const deaf = pingSystem({
      on: {
        ping: (_state, _message, _from, ctx) => {
          ctx.send('other', { kind: 'pong', id: 'x', count: 1 });
        },
      },
    });
    expect(simulate(deaf, plan).outcome).toMatchObject({
      kind: 'model-error',
      reason: "other has no handler for message 'pong' from server; declare on.pong, or do not send it there",
      where: { node: 'other' },
    });
  });

  test('a mistake in init, and in recover', () => {
    const init = () => {
      throw new Error('no start');
    };
    expect(simulate(pingSystem({ init }), plan).outcome).toMatchObject({ kind: 'model-error', reason: 'no start' });
    const recover = () => {
      throw new Error('no restart');
    };
    const faults = [{ kind: 'crash' as const, at: 500, node: 'server', forMicros: 100, unsyncedKeptPercent: 0 }];
    expect(simulate(pingSystem({ recover }), { ...plan, faults }).outcome).toMatchObject({
      kind: 'model-error',
      reason: 'no restart',
      where: { node: 'server', timeMicros: 600 },
    });
  });

  test('is judged invalid, under a signature without its particulars', () => {
    const system = pingSystem({
      on: {
        ping: (_state, { id }) => {
          throw new Error(`request '${id}' came at 17`);
        },
      },
    });
    const { verdict, failure } = judge(system, simulate(system, plan));
    expect(verdict).toBe('invalid');
    expect(failure?.signature).toBe('handlers run without errors: request … came at n');
    expect(failure?.explanation).toMatch(/step 2, 1\.000 ms, server, handling ping from c1/);
  });
});

describe('each limit has an outcome of its own, and proves nothing', () => {
  const storm = pingSystem({
    on: {
      ping: (_state, _message, _from, ctx) => {
        ctx.send('other', { kind: 'gossip', value: 0 });
      },
      gossip: (_state, _message, _from, ctx) => {
        ctx.send('other', { kind: 'gossip', value: 0 });
        ctx.send('server', { kind: 'gossip', value: 0 });
      },
    },
  });
  const limits = { stepsMax: 100_000, timeMicrosMax: 1e9, queueMax: 1e6 };

  for (const [limit, given] of [
    ['steps', { ...limits, stepsMax: 1_000 }],
    ['queue', { ...limits, queueMax: 500 }],
    ['time', { ...limits, timeMicrosMax: 500 }],
  ] as const)
    test(limit, () => {
      const run = simulate(storm, { ...plan, limits: given });
      expect(run.outcome).toMatchObject({ kind: 'limit', limit });
      expect(judge(storm, run).verdict).toBe('unknown');
    });
});

describe('a system is checked when it is made', () => {
  test('its nodes’ names, its phases and the nodes that it says may fail', () => {
    const make = () =>
      pingSystem({}, { tolerates: { pause: { nodes: ['nobody'] } }, phases: { faultsMicros: 0, settleMicros: 1.5 } });
    expect(make).toThrow(/'ping' is malformed: .*names node 'nobody', but the nodes are server, other/);
    expect(make).toThrow(/faultsMicros must be a positive whole number, got 0.*settleMicros.*got 1.5/);
  });

  test('an unknown mutant is answered with the known ones', () => {
    expect(() => pingSystem().cluster('XX-1')).toThrow("system 'ping' has no mutant 'XX-1'; its mutants: none");
  });
});
