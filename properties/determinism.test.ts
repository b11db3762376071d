/** Determinism is the product: what breaks it is caught, and named. */
import { describe, expect, test } from 'vitest';
import { simulate, verifyDeterminism, type Run } from 'faultline';
import { pings, pingSystem, plansOf, quietPlan } from './fixtures/ping.js';
import { naive } from './readme-example.js';

const plan = quietPlan({ operations: pings(3) });

describe('a run', () => {
  test('goes the same way again, whatever ran in between', () => {
    for (const one of plansOf(naive, 30)) {
      const { digest, history } = simulate(naive, one);
      simulate(pingSystem(), plan);
      const again = simulate(naive, one);
      expect(again.digest).toBe(digest);
      expect(again.history).toEqual(history);
    }
  });

  test('goes the same way through immer, and records what each step changed', () => {
    for (const one of plansOf(naive, 30)) {
      const immer = simulate(naive, one, { execution: 'immer', trace: true });
      expect(immer.digest).toBe(simulate(naive, one).digest);
      expect(immer.trace?.some(({ kind }) => kind === 'state')).toBe(true);
    }
  });

  test('differs from the run of another plan', () => {
    const base = simulate(naive, { ...plan, clients: 3, operations: [] }).digest;
    const asking = { ...plan, clients: 3, operations: [{ at: 0, client: 0, operation: { kind: 'read' } }] };
    expect(simulate(naive, asking).digest).not.toBe(base);
  });
});

const ambient: readonly (readonly [string, () => unknown])[] = [
  ['Math.random', () => Math.random()],
  ['Date.now', () => Date.now()],
  ['new Date', () => new Date()],
  ['performance.now', () => performance.now()],
  ['crypto.randomUUID', () => crypto.randomUUID()],
  ['setTimeout', () => setTimeout(() => undefined, 0)],
];

describe('a handler that uses the machine is caught by name', () => {
  for (const [name, use] of ambient)
    test(name, () => {
      const leaky = pingSystem({
        on: {
          ping(state, { id }, from, ctx) {
            use();
            state.count++;
            ctx.send(from, { kind: 'pong', id, count: state.count });
          },
        },
      });
      const { outcome } = simulate(leaky, plan);
      expect(outcome).toMatchObject({
        kind: 'model-error',
        reason: expect.stringContaining(`${name} was called`) as string,
        where: { node: 'server', doing: 'handling ping from c1', timeMicros: 1_000 },
      });
      // The machine is itself again afterwards.
      expect(() => use()).not.toThrow();
    });
});

describe('the self-check', () => {
  test('is silent about a deterministic system', () => {
    for (const one of plansOf(naive, 20)) expect(verifyDeterminism(naive, one)).toBeUndefined();
  });

  test('names the first step that differs when state leaks from run to run', () => {
    let leaked = 0;
    const leaky = pingSystem({
      on: {
        ping(state, { id }, from, ctx) {
          state.count++;
          ctx.send(from, { kind: 'pong', id, count: leaked++ });
        },
      },
    });
    const divergence = verifyDeterminism(leaky, plan);
    expect(divergence?.between).toBe('two runs in place');
    expect(divergence?.explanation).toMatch(/Step \d+ is the first to differ: c1 receives pong from server/);
  });

  test('notices a leak that only another system sets off', () => {
    let leaked = 0;
    const leaky = pingSystem({ init: () => ({ count: leaked, heard: [] }) });
    const disturb = () => {
      leaked++;
    };
    expect(verifyDeterminism(leaky, plan)).toBeUndefined();
    expect(verifyDeterminism(leaky, plan, { disturb })?.between).toBe('two runs in place');
  });

  test('tells when a handler keeps one object in two places of its state', () => {
    const shared = pingSystem({
      init: () => ({ count: 0, heard: [{ seen: [] }] }),
      on: {
        ping(state, { id }, from, ctx) {
          state.count++;
          // In place both are one array, and grow together; through immer they part.
          const first = state.heard[0];
          if (state.heard.length === 1) state.heard.push(first);
          (first as { seen: string[] }).seen.push(id);
          ctx.send(from, { kind: 'pong', id, count: JSON.stringify(state.heard).length });
        },
      },
    });
    expect(verifyDeterminism(shared, plan)?.between).toBe('a run in place and one through immer');
  });

  test('tells when only the final states differ', () => {
    let leaked = 0;
    const leaky = pingSystem({
      on: {
        gossip(state) {
          state.count = leaked++;
        },
        ping(_state, { id }, from, ctx) {
          ctx.send('other', { kind: 'gossip', value: id });
          ctx.send(from, { kind: 'pong', id, count: 1 });
        },
      },
    });
    const divergence = verifyDeterminism(leaky, plan);
    expect(divergence?.step).toBeNull();
    expect(divergence?.explanation).toContain('ends in a different state');
  });
});

describe('what crosses a node’s boundary is a copy', () => {
  const holdings = ({ history, inspectionsFrom }: Run) =>
    history.slice(inspectionsFrom).flatMap((entry) => (entry.type === 'ok' ? [entry.result] : []));

  test('a message that its sender changes afterwards arrives as it was sent', () => {
    const list: string[] = [];
    const sender = pingSystem({
      on: {
        ping(_state, { id }, from, ctx) {
          list.length = 0;
          list.push('sent');
          ctx.send('other', { kind: 'gossip', value: list });
          list.push('later');
          ctx.send(from, { kind: 'pong', id, count: 1 });
        },
      },
    });
    const run = simulate(sender, quietPlan({ operations: pings(1), settleMicros: 1 }));
    expect(holdings(run)).toContainEqual({ count: 0, heard: [['sent']] });
  });
});
