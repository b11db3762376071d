/** The sharded store: slots really move, groups fail over, stale maps are refused, and its parts do what they should. */
import { describe, expect, test } from 'vitest';
import { judge, planGenerator, simulate, type Plan } from 'faultline';
import { shard } from 'faultline/models';
import { balance } from '../models/shard/balance.js';
import type { Command } from '../models/shard/commands.js';
import { INITIAL, slotOf, SLOTS } from '../models/shard/configuration.js';
import { rules } from '../models/shard/rules.js';
import { apply, initialSlots, type Slot } from '../models/shard/slots.js';
import { effort } from './fixtures/effort.js';

const SAMPLE = effort(100);
const plan = planGenerator(shard);

describe('the sharded store', () => {
  test('goes through migrations, flips, failovers and refusals of stale maps, and keeps its promises', () => {
    const seen: Record<string, number> = { migrations: 0, flips: 0, failovers: 0, refused: 0 };
    const arrived: Record<string, number> = {};
    for (let seed = 0; seed < SAMPLE; seed++) {
      const run = simulate(shard, plan(seed), { trace: true });
      const { failures, results } = judge(shard, run);
      expect(failures, `seed ${seed}`).toEqual([]);
      for (const { result } of results)
        for (const what of Object.keys(seen)) seen[what] = (seen[what] ?? 0) + (result.seen[what] ?? 0);
      for (const event of run.trace ?? [])
        if (event.kind === 'deliver') arrived[event.message.kind] = (arrived[event.message.kind] ?? 0) + 1;
    }
    expect(seen['migrations']).toBeGreaterThan(SAMPLE / 2);
    expect(seen['flips']).toBeGreaterThan(SAMPLE / 2);
    expect(seen['failovers']).toBeGreaterThan(SAMPLE / 10);
    expect(seen['refused']).toBeGreaterThan(SAMPLE);
    for (const kind of ['copy', 'copied', 'handover', 'received'])
      expect(arrived[kind], kind).toBeGreaterThan(SAMPLE / 4);
  });

  test('moves a slot when it is told to, without any other fault, and answers everything meanwhile', () => {
    const operations = Array.from({ length: 24 }, (_, index) => ({
      at: index * 4_000,
      client: index % 2,
      operation: index % 3 === 2 ? { kind: 'get', key: 'a' } : { kind: 'append', key: 'a', value: `,a${index}` },
    }));
    const network = {
      delay: { kind: 'uniform', minMicros: 200, maxMicros: 400 } as const,
      dropPerMillion: 0,
      duplicatePerMillion: 0,
    };
    const move = {
      kind: 'control',
      at: 30_000,
      node: 'service',
      control: 'move',
      argument: String(slotOf('a')),
    } as const;
    const calm: Plan = { ...plan(0), clients: 2, operations, faults: [move], network };
    const run = simulate(shard, calm);
    const { verdict, results } = judge(shard, run);
    expect(verdict, JSON.stringify(results)).toBe('valid');
    expect(run.history.filter(({ type }) => type === 'info')).toEqual([]);
    expect(results.some(({ result }) => (result.seen['flips'] ?? 0) > 0)).toBe(true);
  });
});

/** What a group does, command by command; `request` numbers the requests of one client. */
const append = (n: number, epoch: number, key = 'c', session = 'p1'): Command => ({
  kind: 'execute',
  client: 'c1',
  request: { session, n, slot: slotOf(key), epoch, operation: { kind: 'append', key, value: `,${n}` } },
});

const SLOT = slotOf('c');
const slotIn = (slots: readonly Slot[]): Slot => slots[SLOT] as Slot;

describe('the slots of a group', () => {
  test('do a request once, and answer its retry alike', () => {
    const slots = initialSlots('a');
    const once = apply(slots, append(1, 1), rules);
    expect(apply(slots, append(1, 1), rules)).toEqual(once);
    apply(slots, append(2, 1), rules);
    expect(apply(slots, append(1, 1), rules)).toBeNull();
    expect(slotIn(slots).items['c']?.value).toBe(',1,2');
  });

  test('refuse what has the epoch of another time, and all that is frozen', () => {
    const slots = initialSlots('a');
    expect(apply(slots, append(1, 2), rules)).toEqual({ kind: 'moved' });
    apply(slots, { kind: 'begin', slot: SLOT, epoch: 2, to: 'b' }, rules);
    expect(apply(slots, append(1, 1), rules)?.kind).toBe('answer');
    apply(slots, { kind: 'freeze', slot: SLOT, epoch: 2 }, rules);
    expect(apply(slots, append(2, 1), rules)).toEqual({ kind: 'moved' });
    expect(apply(initialSlots('b'), append(1, 1), rules)).toEqual({ kind: 'moved' });
  });

  test('send a key again that was written after it was copied, or while it was on its way', () => {
    const slots = initialSlots('a');
    apply(slots, append(1, 1), rules);
    apply(slots, { kind: 'begin', slot: SLOT, epoch: 2, to: 'b' }, rules);
    expect(slotIn(slots).moving?.remaining).toEqual(['c']);
    apply(slots, append(2, 1), rules);
    apply(slots, { kind: 'copied', slot: SLOT, epoch: 2, key: 'c', version: 1 }, rules);
    expect(slotIn(slots).moving?.remaining).toEqual(['c']);
    apply(slots, { kind: 'copied', slot: SLOT, epoch: 2, key: 'c', version: 2 }, rules);
    expect(slotIn(slots).moving?.remaining).toEqual([]);
    apply(slots, append(3, 1), rules);
    expect(slotIn(slots).moving?.remaining).toEqual(['c']);
  });

  test('take the highest version of a key in whatever order copies arrive, and serve after the handover only', () => {
    const item = (version: number) => ({ key: 'c', value: `v${version}`, version });
    const install = (version: number): Command => ({
      kind: 'install',
      slot: SLOT,
      epoch: 2,
      source: 'a',
      item: item(version),
    });
    const slots = initialSlots('b');
    apply(slots, install(2), rules);
    apply(slots, install(1), rules);
    expect(apply(slots, append(5, 2), rules)).toEqual({ kind: 'moved' });
    const sessions = { p1: { n: 4, result: null } };
    const handover: Command = { kind: 'activate', slot: SLOT, epoch: 2, source: 'a', rest: [], sessions, updates: 2 };
    apply(slots, handover, rules);
    expect(slotIn(slots).items['c']?.value).toBe('v2');
    apply(slots, append(4, 2), rules);
    expect(slotIn(slots).items['c']?.value).toBe('v2');
    apply(slots, append(5, 2), rules);
    expect(slotIn(slots).items['c']?.value).toBe('v2,5');
    apply(slots, handover, rules);
    apply(slots, install(9), rules);
    expect(slotIn(slots).items['c']?.value).toBe('v2,5');
  });
});

describe('the balance', () => {
  test('moves the slot that evens the loads out best, and nothing while one moves or the loads are near', () => {
    const compared = SLOTS.map(() => 0);
    expect(balance(INITIAL, { updates: [4, 0, 3], compared })).toEqual({ slot: 0, to: 'b' });
    expect(balance(INITIAL, { updates: [9, 0, 0], compared })).toBeNull();
    expect(balance(INITIAL, { updates: [2, 1, 1], compared })).toBeNull();
    const slots = INITIAL.slots.map((one, slot) => (slot === 1 ? { ...one, target: 'a' as const } : one));
    expect(balance({ slots }, { updates: [4, 0, 3], compared })).toBeNull();
  });
});
