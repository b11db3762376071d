/** A mistake in a model is a finding with its place, never a hang or a bare stack; and each limit is an outcome. */
import { describe, expect, test } from 'vitest';
import * as fc from 'fast-check';
import { Campaign, client, judge, protocol, simulate, type CheckResult, type Outcome } from 'faultline';
import {
  pings,
  pingServer,
  pingSystem,
  quietPlan,
  type PingMessage,
  type PingOperation,
  type PingServer,
  type PingState,
  type PingTimer,
} from './fixtures/ping.js';

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

  test('a promise, from a handler or from init: what goes on after its step follows from no seed', () => {
    const later = async (): Promise<void> => {
      await Promise.resolve();
    };
    expect(outcomeOf(later as OnPing)).toMatchObject({
      kind: 'model-error',
      reason: "handler 'ping' of server returned a promise: handlers are synchronous",
    });
    const init = (async () => {
      await later();
    }) as unknown as PingServer['init'];
    expect(simulate(pingSystem({ init }), plan).outcome).toMatchObject({
      kind: 'model-error',
      reason: expect.stringMatching(/'init or recover' of server returned a promise/) as string,
    });
  });

  test('a promise from a timer, from recover, or from a client’s invoke', () => {
    const later = (): unknown => Promise.resolve();
    const ticking = pingSystem({
      on: {
        ping: (_state, _message, _from, ctx) => {
          ctx.setTimer('tick', 10);
        },
      },
      timers: { tick: later, synced: () => undefined },
    });
    const recovering = pingSystem({ recover: later as NonNullable<PingServer['recover']> });
    const asking = client<object, PingMessage, PingOperation>({
      init: () => ({}),
      invoke: later,
      on: { ping: () => undefined, pong: () => undefined, gossip: () => undefined },
    });
    const server = protocol<PingState, PingMessage, PingTimer>(pingServer);
    const invoking = pingSystem({}, { cluster: () => ({ nodes: { server }, client: asking }) });
    const faults = [{ kind: 'crash' as const, at: 500, node: 'server', forMicros: 100, unsyncedKeptPercent: 0 }];
    for (const [tried, given, handler] of [
      [ticking, plan, "'tick' of server"],
      [recovering, { ...plan, faults }, "'init or recover' of server"],
      [invoking, plan, "'invoke' of c1"],
    ] as const)
      expect(simulate(tried, given).outcome).toMatchObject({
        kind: 'model-error',
        reason: `handler ${handler} returned a promise: handlers are synchronous`,
      });
  });

  test('a context that is kept and used after its handler', () => {
    let kept: Parameters<OnPing>[3] | undefined;
    const ping: OnPing = (_state, _message, _from, ctx) => {
      kept?.send('other', { kind: 'gossip', value: 1 });
      kept = ctx;
    };
    const gossip = () => {
      kept?.send('other', { kind: 'gossip', value: 2 });
    };
    const forgetful = pingSystem({
      on: {
        ping: (state, message, from, ctx) => {
          ping(state, message, from, ctx);
          ctx.send('other', { kind: 'gossip', value: 0 });
        },
        gossip,
      },
    });
    expect(simulate(forgetful, plan).outcome).toMatchObject({
      kind: 'model-error',
      reason: 'the ctx of server was used outside its handler: a context is valid during one call only',
    });
  });

  for (const [what, value] of [
    ['a Map', new Map()],
    ['NaN', Number.NaN],
  ] as const)
    test(`${what} in a node’s state`, () => {
      const odd = pingSystem({ init: () => ({ count: 0, heard: [value] }) });
      expect(simulate(odd, plan).outcome).toMatchObject({
        kind: 'model-error',
        reason: expect.stringMatching(/expected plain data/) as string,
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

describe('a property that does not judge is no reason to be content', () => {
  const judging = (check: () => unknown) => {
    const property = { name: 'all is well', check: check as () => CheckResult };
    const system = pingSystem({}, { properties: [property] });
    return judge(system, simulate(system, plan)).failures.map(({ signature, explanation }) => ({
      signature,
      explanation,
    }));
  };

  test('it returned something that is no verdict', () => {
    for (const answer of [true, undefined, { verdict: 'fine' }])
      expect(judging(() => answer)).toMatchObject([{ signature: 'all is well: the check gave no verdict' }]);
  });

  test('it threw', () => {
    const failures = judging(() => {
      throw new Error('no such field');
    });
    expect(failures).toMatchObject([
      { signature: 'all is well: the check threw', explanation: expect.stringMatching(/no such field/) as string },
    ]);
  });

  test('it returned a promise, of a verdict even', () => {
    const answer = Promise.resolve({ verdict: 'valid', seen: {} });
    expect(judging(() => answer)).toMatchObject([{ signature: 'all is well: the check gave no verdict' }]);
  });

  test('nobody has it: a campaign asked for it by a wrong name', () => {
    expect(() => new Campaign(pingSystem(), { properties: ['all is wel'] })).toThrow(/all is wel/);
  });
});

describe('after healing the system must still work', () => {
  const asking = { probes: () => [{ kind: 'ping' as const }] };
  const workload = { clients: 2, operation: fc.constant({ kind: 'ping' as const }), operationsMax: 10 };
  const finalReads = () => [{ kind: 'ping' as const }];

  test('a probe that is not answered breaks a promise, whatever the final reads say', () => {
    let asked = 0;
    const tiring = pingSystem(
      {
        on: {
          ping(state, { id }, from, ctx) {
            state.count++;
            // The third request of each run is the probe.
            if (++asked % 4 !== 3) ctx.send(from, { kind: 'pong', id, count: state.count });
          },
        },
      },
      { workload: { ...workload, ...asking, finalReads } },
    );
    const { failure } = judge(tiring, simulate(tiring, plan));
    expect(failure?.signature).toBe('after healing, every request is answered: not available');
    expect(failure?.explanation).toMatch(/1 of 1 probes were not answered with ok/);
  });

  test('probes are counted with what was judged', () => {
    const sound = pingSystem({}, { workload: { ...workload, ...asking, finalReads } });
    const { verdict, results } = judge(sound, simulate(sound, plan));
    expect(verdict).toBe('valid');
    expect(results[0]?.result.seen).toEqual({ probes: 1, finalReads: 1 });
  });
});

describe('a system is checked when it is made', () => {
  test('its mutants’ rules and promises, and the faults that it tolerates', () => {
    const mutants = { 'XX-1': { breaks: 'nothing', overrides: { speed: 1 }, caughtBy: 'all is wel' } };
    expect(() => pingSystem({}, { mutants })).toThrow(
      /mutant 'XX-1' overrides rule 'speed', but the rules are none; mutant 'XX-1' is caught by 'all is wel'/,
    );
    const tolerates = { crsh: {}, dropPerMillionMax: 2_000_000, delay: { minMicros: 5, maxMicros: 1 } };
    expect(() => pingSystem({}, { tolerates })).toThrow(
      /tolerates\.crsh is unknown; known: crash.*dropPerMillionMax must be between.*delay must be whole microseconds/,
    );
  });

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
