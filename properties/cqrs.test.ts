/**
 * The CQRS model: its commands decide rightly, what judges it shares no code with it and sees what it is there to see, and
 * what the weaker promises allow is not flagged.
 */
import { readdirSync, readFileSync } from 'node:fs';
import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { judge, planGenerator, simulate, type CheckResult } from 'faultline';
import { cqrs } from 'faultline/models';
import { cqrsCluster } from '../models/cqrs/system.js';
import { converged } from '../models/cqrs/convergence.js';
import { decide, documentOf, evolve, NO_ORDER, type Order } from '../models/cqrs/domain.js';
import type { Holding, ShopProperty } from '../models/cqrs/evidence.js';
import type { Command, OrderEvent, Recorded } from '../models/cqrs/messages.js';
import { REBUILT_SEARCH, REBUILT_TABLE } from '../models/cqrs/invariants.js';
import { commandsIn, listOf, mentions, orderSpec, truthOf } from '../models/cqrs/oracle.js';
import { queries } from '../models/cqrs/query-properties.js';
import { correctRules } from '../models/cqrs/rules.js';
import { applyWrite, emptyTable, openOrders } from '../models/cqrs/table.js';
import { effort } from './fixtures/effort.js';

test('retries, refused stale sets, rejected items, rebuilds and waiting queries really happen, and all promises hold', () => {
  const plan = planGenerator(cqrs);
  const seeds = effort(150);
  const seen: Record<string, number> = {};
  for (let seed = 0; seed < seeds; seed++) {
    const { failures, results } = judge(cqrs, simulate(cqrs, plan(seed)));
    expect(failures, `seed ${seed}`).toEqual([]);
    for (const { result } of results)
      for (const [what, count] of Object.entries(result.seen)) seen[what] = (seen[what] ?? 0) + count;
  }
  for (const what of ['repeated', 'hits', 'fromCache', 'ofSeveralPages', 'outdated'])
    expect(seen[what], what).toBeGreaterThan(seeds / 4);
  for (const what of ['staleSetsRefused', 'expired', 'rejected', 'tableRebuilds', 'searchRebuilds', 'conflicts'])
    expect(seen[what], what).toBeGreaterThan(0);
});

const create = (order: string, n: number, customer = 'ann'): Command => ({
  kind: 'create',
  order,
  customer,
  name: `${customer} ${n}`,
  item: `lamp ${n}`,
  n,
});
const add = (order: string, n: number, item = `chair ${n}`): Command => ({ kind: 'add', order, item, n });
const ship = (order: string, n: number): Command => ({ kind: 'ship', order, n });

/** The log after these commands, one after the other. */
function logOf(...commands: readonly Command[]): Recorded[] {
  const orders = new Map<string, Order>();
  const log: Recorded[] = [];
  for (const command of commands) {
    let order = orders.get(command.order) ?? NO_ORDER;
    const decision = decide(order, command);
    for (const event of decision.kind === 'accepted' ? decision.events : ([] as OrderEvent[])) {
      order = evolve(order, event);
      const document = documentOf(command.order, order);
      const { version } = order;
      log.push({ position: log.length + 1, order: command.order, version, command: command.n, event, document });
    }
    orders.set(command.order, order);
  }
  return log;
}

const tableOf = (log: readonly Recorded[]) => {
  const table = emptyTable();
  for (const recorded of log) applyWrite(table, { recorded, parts: ['row', 'counters', 'position'] });
  return table;
};

describe('an order', () => {
  const open = logOf(create('o1', 1)).reduce((order, { event }) => evolve(order, event), NO_ORDER);

  test('is created once, with its first item, in one transaction', () => {
    expect(open).toMatchObject({ version: 2, customer: 'ann', status: 'open', items: ['lamp 1'] });
    expect(decide(open, create('o1', 2))).toEqual({ kind: 'refused', reason: 'already there' });
  });

  test('is shipped with the name that its customer had when it was created', () => {
    expect(decide(open, ship('o1', 2))).toEqual({ kind: 'accepted', events: [{ type: 'shipped', name: 'ann 1' }] });
  });

  test('takes no items before it is created, or after it is shipped', () => {
    expect(decide(NO_ORDER, add('o1', 2))).toEqual({ kind: 'refused', reason: 'no such order' });
    const shipped = evolve(open, { type: 'shipped', name: 'ann 1' });
    for (const command of [add('o1', 3), ship('o1', 3)])
      expect(decide(shipped, command)).toEqual({ kind: 'refused', reason: 'already shipped' });
  });
});

describe('the oracle', () => {
  test('shares no code with the model that it judges', () => {
    const folder = new URL('../models/cqrs/', import.meta.url);
    const judges = ['oracle', 'evidence', 'convergence', 'command-properties', 'query-properties', 'properties'];
    for (const file of readdirSync(folder).filter((name) => name.endsWith('.ts'))) {
      const source = readFileSync(new URL(file, folder), 'utf8').replaceAll(/import type [^;]*;/g, '');
      if (judges.includes(file.slice(0, -3))) expect(source, file).not.toMatch(/'.\/(domain|table|rules).js'/);
      else expect(source, file).not.toContain("'./oracle.js'");
    }
  });

  test('agrees with the command side on every answer, and with the table and the documents on every fold', () => {
    const order = fc.constantFrom('o1', 'o2', 'o3');
    const command = fc.oneof(
      fc.tuple(order, fc.constantFrom('ann', 'bob')).map(([one, customer]) => create(one, 0, customer)),
      order.map((one) => add(one, 0)),
      order.map((one) => ship(one, 0)),
    );
    fc.assert(
      fc.property(fc.array(command, { maxLength: 25 }), (drawn) => {
        const commands = drawn.map((one, n) => ({ ...one, n }));
        const states = new Map<string, typeof orderSpec.initial>();
        for (const [place, one] of commands.entries()) {
          const step = orderSpec.step(states.get(one.order) ?? orderSpec.initial, one);
          states.set(one.order, step.state);
          const [before, after] = [logOf(...commands.slice(0, place)), logOf(...commands.slice(0, place + 1))];
          const last = after.at(-1);
          if (after.length > before.length) expect(step.result).toEqual({ version: last?.version });
          else expect(step.result).toHaveProperty('refused');
        }
        const log = logOf(...commands);
        const table = tableOf(log);
        const truth = truthOf(log);
        expect({ rows: table.rows, counters: table.counters }).toEqual({ rows: truth.rows, counters: truth.counters });
        for (const { order: one, document } of log.toReversed()) {
          if (truth.documents[one]?.version === document.version) expect(document).toEqual(truth.documents[one]);
          else expect(document.version).toBeLessThan(truth.documents[one]?.version ?? 0);
        }
        expect(openOrders(table, 'ann')).toEqual(listOf(truth, 'ann'));
      }),
    );
  });

  test('finds words, not parts of words', () => {
    expect(mentions(['red chair', 'lamp 3'], 'chair')).toBe(true);
    expect(mentions(['red chairs', 'lamp 3'], 'chair')).toBe(false);
  });

  test('counts a creation once, though it makes two events, and a repeated command as often as it is there', () => {
    const log = logOf(create('o1', 1), add('o1', 2), add('o1', 2), ship('o1', 3));
    expect(commandsIn(log)).toEqual([1, 2, 2, 3]);
  });
});

describe('a rebuilt read model', () => {
  const log = logOf(create('o1', 1), add('o1', 2), create('o2', 3));
  const [table, search] = [0, 1].map((place) => {
    const { invariants = [] } = cqrsCluster();
    const named = invariants.filter(({ name }) => name === [REBUILT_TABLE, REBUILT_SEARCH][place]);
    return (before: object, after: object) => {
      const check = named[0]?.start();
      const step = (state: object) => check?.(new Map([['node', state]]), 'node');
      step({ generation: 1, ...before });
      return step({ generation: 2, ...after });
    };
  });
  if (table === undefined || search === undefined) throw new Error('there are no such invariants');

  test('of the table has each row in the same version or a later one, and the same counters at the same position', () => {
    const old = tableOf(log.slice(0, 3));
    expect(table({}, { table: tableOf(log.slice(0, 3)), replaced: old })).toBeUndefined();
    expect(table({}, { table: tableOf(log), replaced: old })).toBeUndefined();
    expect(table({}, { table: tableOf(log.slice(0, 2)), replaced: old })).toMatch('version 2 of o1');
    const changed = { ...tableOf(log), rows: { o1: { ...old.rows['o1'], items: [] } } };
    expect(table({}, { table: changed, replaced: old })).toMatch('for o1');
    expect(table({}, { table: { ...old, counters: {} }, replaced: old })).toMatch('At position 3');
  });

  test('of the search index has each document in the same version, and the same then, or a later one', () => {
    const { documents } = truthOf(log);
    const older = truthOf(log.slice(0, 2)).documents;
    expect(search({}, { documents, replaced: older })).toBeUndefined();
    expect(search({}, { documents: older, replaced: documents })).toMatch('version 2 of o1');
    const changed = { ...documents, o1: { ...documents['o1'], items: [] } };
    expect(search({}, { documents: changed, replaced: documents })).toMatch('for o1');
  });
});

describe('a page of a list', () => {
  const orders = [5, 4, 3, 2, 1].map((created) => ({ order: `o${created}`, created }));

  test('begins after the last order shown, wherever that is by now', () => {
    expect(correctRules.page(orders, { before: null, shown: 0 }).map(({ order }) => order)).toEqual(['o5', 'o4']);
    const moved = [{ order: 'o6', created: 6 }, ...orders];
    expect(correctRules.page(moved, { before: 4, shown: 2 }).map(({ order }) => order)).toEqual(['o3', 'o2']);
    const gone = orders.filter(({ order }) => order !== 'o5');
    expect(correctRules.page(gone, { before: 4, shown: 2 }).map(({ order }) => order)).toEqual(['o3', 'o2']);
  });
});

const HEALED_AT = 1_000;
const SETTLED_IN = 500;

type Call = readonly [operation: object, result: unknown, process?: number];

/** What `name` says of these calls, one after the other, each taking 100 µs, given what the nodes held in the end. */
function resultOf(
  name: string,
  calls: readonly Call[],
  given: { readonly log: readonly Recorded[]; readonly holding?: Holding; readonly finalReads?: boolean },
): CheckResult {
  const history = calls.flatMap(([operation, result, process = 0], index) => [
    { type: 'invoke', process, time: 100 * index, operation },
    { type: 'ok', process, time: 100 * index + 50, result },
  ]);
  const log: Holding = { kind: 'log', events: given.log, counts: {} };
  const { holding = log } = given;
  const replicas = new Map<string, Holding>([
    [holding.kind, holding],
    ['orders', log],
  ]);
  const property = [...converged, ...queries].find((one: ShopProperty) => one.name === name);
  if (property === undefined) throw new Error(`no property '${name}'`);
  return property.check({
    history,
    probesFrom: history.length,
    finalReadsFrom: given.finalReads === true ? 0 : history.length,
    replicas,
    tally: {},
    plan: { healAt: HEALED_AT, settleMicros: SETTLED_IN },
  } as never);
}

const did = (command: Command, version: number, position: number, process = 0): Call => [
  command,
  { version, position },
  process,
];
const get = (order: string, row: unknown, through: number, mine = false): Call => [
  { kind: 'get', order, mine },
  { row, through, from: 'table', after: 0 },
];
const idle: Call = [{ kind: 'rebuild', model: 'table' }, null];

describe('after healing, the table equals the fold of the log', () => {
  const log = logOf(create('o1', 1), add('o1', 2));
  const judged = (change: object) => {
    const { rows, counters } = tableOf(log);
    const holding = { kind: 'table', rows, counters, counts: {}, ...change } as Holding;
    return resultOf('after healing, the table equals the fold of the log', [did(create('o1', 1), 2, 2)], {
      log,
      holding,
    });
  };

  test('row by row, and in what it counts', () => {
    expect(judged({}).verdict).toBe('valid');
    expect(judged({ rows: {} }).verdict).toBe('invalid');
    expect(judged({ counters: { ann: { orders: 1, items: 3, shipped: 0 } } }).verdict).toBe('invalid');
  });

  test('is not known where nothing took effect before the probes', () => {
    const holding = { kind: 'table', ...tableOf([]), counts: {} } as unknown as Holding;
    const given = { log: [], holding };
    expect(resultOf('after healing, the table equals the fold of the log', [], given).verdict).toBe('unknown');
  });
});

describe('after healing, the cache holds only what the table holds', () => {
  const log = logOf(create('o1', 1), add('o1', 2));
  const judged = (entries: object) =>
    resultOf('after healing, the cache holds only what the table holds', [did(create('o1', 1), 2, 2)], {
      log,
      holding: { kind: 'cache', entries, counts: {} } as Holding,
    }).verdict;

  test('and need not hold all of it, or anything, but then nothing is known of it', () => {
    const row = tableOf(log).rows['o1'];
    expect(judged({})).toBe('unknown');
    expect(judged({ o1: { row, through: 3 }, o2: { row: null, through: 1 } })).toBe('valid');
  });

  test('nothing older', () => {
    expect(judged({ o1: { row: tableOf(log.slice(0, 2)).rows['o1'], through: 2 } })).toBe('invalid');
    expect(judged({ o1: { row: null, through: 0 } })).toBe('invalid');
  });
});

describe('after healing, the three read models answer alike', () => {
  const name = 'after healing, the three read models answer alike';
  const log = logOf(create('o1', 1), add('o1', 2));
  const did1 = did(create('o1', 1), 2, 2);
  const judged = (...calls: Call[]) => resultOf(name, [did1, ...calls], { log, finalReads: true }).verdict;

  test('whichever is asked', () => {
    const hits = [{ order: 'o1', version: 3 }];
    expect(judged([{ kind: 'search', word: 'chair' }, hits])).toBe('valid');
    const list: Call = [
      { kind: 'list', customer: 'ann', mine: false },
      { orders: [{ order: 'o1', created: 1 }], pages: 1, first: 3, last: 3, after: 0 },
    ];
    expect(judged(get('o1', tableOf(log).rows['o1'], 3), list, [{ kind: 'search', word: 'chair' }, hits])).toBe(
      'valid',
    );
    expect(judged(get('o1', null, 3))).toBe('invalid');
    expect(judged([{ kind: 'search', word: 'chair' }, []])).toBe('invalid');
    expect(judged([{ kind: 'search', word: 'chair' }, [{ order: 'o1', version: 2 }]])).toBe('invalid');
  });
});

describe('a read model shows what was true once', () => {
  const log = logOf(create('o1', 1), add('o1', 2));
  const rowAt = (position: number) => tableOf(log.slice(0, position)).rows['o1'] ?? null;
  const judged = (...calls: Call[]) =>
    resultOf('a read model shows what was true once', [did(create('o1', 1), 2, 2), ...calls], { log }).verdict;

  test('however old, as of the position that comes with it', () => {
    expect(judged(get('o1', rowAt(2), 2), get('o1', null, 0))).toBe('valid');
    expect(judged(get('o1', rowAt(2), 3))).toBe('invalid');
    expect(judged(get('o1', { ...rowAt(3), items: [] }, 3))).toBe('invalid');
  });

  test('documents too', () => {
    const search = (word: string, version: number): Call => [{ kind: 'search', word }, [{ order: 'o1', version }]];
    expect(judged(search('chair', 3))).toBe('valid');
    expect(judged(search('lamp', 2))).toBe('valid');
    expect(judged(search('chair', 2))).toBe('invalid');
    expect(judged(search('lamp', 4))).toBe('invalid');
  });
});

describe('clients read their own writes, where they ask for them', () => {
  const log = logOf(create('o1', 1), add('o1', 2));
  const old = tableOf(log.slice(0, 2)).rows['o1'];
  const judged = (call: Call, process: number) =>
    resultOf(
      'clients read their own writes, where they ask for them',
      [did(create('o1', 1), 2, 2), did(add('o1', 2), 3, 3), [call[0], call[1], process]],
      { log },
    ).verdict;

  test('in the rows they get', () => {
    expect(judged(get('o1', tableOf(log).rows['o1'], 3, true), 0)).toBe('valid');
    expect(judged(get('o1', old, 2, true), 0)).toBe('invalid');
  });

  test('in lists', () => {
    const list = (orders: object[]): Call => [
      { kind: 'list', customer: 'ann', mine: true },
      { orders, pages: 1, first: 3, last: 3, after: 3 },
    ];
    expect(judged(list([{ order: 'o1', created: 1 }]), 0)).toBe('valid');
    expect(judged(list([]), 0)).toBe('invalid');
    const ofNobody: Call = [{ kind: 'list', customer: 'bob', mine: true }, list([])[1]];
    expect(judged(ofNobody, 0)).toBe('unknown');
  });

  test('and no others, nor where they do not ask', () => {
    expect(judged(get('o1', old, 2, true), 1)).toBe('unknown');
    expect(judged(get('o1', old, 2), 0)).toBe('unknown');
  });
});

describe('a list shows no order twice, and none is missing that was there all the time', () => {
  // Positions 1 to 8: four creations of two events each; o2 is shipped at 9.
  const log = logOf(create('o1', 1), create('o2', 2), create('o3', 3), create('o4', 4), ship('o2', 5));
  const judged = (names: readonly string[], first: number, last: number, pages = 2) =>
    resultOf(
      'a list shows no order twice, and none is missing that was there all the time',
      [
        did(create('o1', 1), 2, 2),
        [
          { kind: 'list', customer: 'ann', mine: false },
          {
            orders: names.map((order) => ({ order, created: 2 * Number(order.slice(1)) - 1 })),
            pages,
            first,
            last,
            after: 0,
          },
        ],
      ],
      { log },
    );

  test('what came or went meanwhile may be shown or not', () => {
    for (const names of [
      ['o3', 'o2', 'o1'],
      ['o3', 'o1'],
      ['o4', 'o3', 'o1'],
      ['o4', 'o3', 'o2', 'o1'],
    ])
      expect(judged(names, 6, 9).verdict, names.join()).toBe('valid');
  });

  test('what is old is no fault of the list', () => {
    expect(judged(['o1'], 2, 2).verdict).toBe('valid');
  });

  test('is not known from lists of one page', () => {
    expect(judged(['o1'], 2, 2, 1).verdict).toBe('unknown');
    expect(judged(['o1', 'o1'], 2, 2, 1).verdict).toBe('invalid');
  });

  test('the rest is flagged', () => {
    expect(judged(['o3', 'o2', 'o2', 'o1'], 6, 9)).toMatchObject({ violation: { rule: 'shown twice' } });
    expect(judged(['o3', 'o2'], 6, 9)).toMatchObject({ violation: { rule: 'left out' } });
    expect(judged(['o4', 'o3', 'o2', 'o1'], 9, 9)).toMatchObject({ violation: { rule: 'never there' } });
    expect(judged(['o4', 'o3', 'o2', 'o1'], 6, 7)).toMatchObject({ verdict: 'valid' });
    expect(judged(['o4', 'o3', 'o2', 'o1'], 6, 6)).toMatchObject({ violation: { rule: 'never there' } });
  });
});

describe('after healing, a read model catches up in time', () => {
  const log = logOf(create('o1', 1));
  const judged = (idleCalls: number, call: Call) =>
    resultOf(
      'after healing, a read model catches up in time',
      [did(create('o1', 1), 2, 2), ...Array.from({ length: idleCalls }, () => idle), call],
      { log },
    ).verdict;

  test('and is given the time that it takes', () => {
    expect(judged(14, get('o1', tableOf(log).rows['o1'], 2))).toBe('valid');
    expect(judged(14, get('o1', null, 0))).toBe('invalid');
    expect(judged(13, get('o1', null, 0))).toBe('unknown');
    expect(judged(14, [{ kind: 'search', word: 'lamp' }, []])).toBe('invalid');
    expect(judged(14, [{ kind: 'search', word: 'table' }, []])).toBe('unknown');
  });
});
