/** The explorer's data and its page: what is recorded of a run is what happened, and nothing of it can break the page. */
import { gunzipSync } from 'node:zlib';
import * as fc from 'fast-check';
import type { Plan, System, Violation } from 'faultline';
import { describe, expect, test } from 'vitest';
import { explorerPage } from '../framework/cli/explorer-page.js';
import { loadExports } from '../framework/cli/load-module.js';
import { bundlePage } from '../framework/explorer/build.js';
import { HistoryLayout } from '../framework/explorer/history-layout.js';
import { laneName } from '../framework/explorer/lane-name.js';
import { nextMatch, shownMoments } from '../framework/explorer/rows.js';
import { modelOf } from '../framework/explorer/run-model.js';
import { operationsOf } from '../framework/history/operations.js';
import { canonicalJson } from '../framework/kernel/plain-data.js';
import { differenceOf } from '../framework/recording/difference.js';
import { faultSpans, messagesOf, whyLost } from '../framework/recording/messages.js';
import { neighbourOfPart, nodeHistories } from '../framework/recording/node-histories.js';
import { momentCalled, momentsOf } from '../framework/recording/timeline.js';
import { recordingOf, type Recording } from '../framework/recording/recording.js';
import { answeredWords } from '../framework/report/describe.js';
import { simulate } from '../framework/simulation/simulate.js';
import { findingOf, firstFinding, keptFinding } from './fixtures/kept-finding.js';
import { pings, pingSystem, quietPlan } from './fixtures/ping.js';
import { naive } from './readme-example.js';

const recorded = (mutant: string): Recording => {
  const { system, finding } = keptFinding(mutant);
  return recordingOf(system, finding);
};

describe('a recording', () => {
  test('is the run of the finding, and changes nothing of it', () => {
    const { system, finding } = keptFinding('CH-07');
    const recording = recordingOf(system, finding);
    expect(recording.replayed).toBe('reproduced');
    expect(recording.run.digest).toBe(finding.digest);
    const plain = simulate(system, finding.plan, { mutant: 'CH-07' });
    expect(recording.run.history).toEqual(plain.history);
    expect(recording.run.failure?.signature).toBe(finding.signature);
    expect(recording.pointOfNoReturn).toEqual(finding.pointOfNoReturn);
  });

  test('is plain JSON', () => {
    const recording = recorded('CH-07');
    expect(JSON.parse(JSON.stringify(recording))).toEqual(JSON.parse(JSON.stringify(recording)));
    expect(JSON.stringify(recording).length).toBeGreaterThan(1_000);
  });

  test('has the run without each part of the plan, with the outcome that the finding tells', () => {
    const { system, finding } = keptFinding('CH-07');
    const { parts } = recordingOf(system, finding);
    const { operations = [], faults = [], fates = [], points = [] } = finding.counterfactuals ?? {};
    expect(parts.map(({ without }) => without?.outcome)).toEqual([...operations, ...faults, ...fates, ...points]);
    for (const { without } of parts) {
      expect(without?.run?.events.length).toBeGreaterThan(0);
      expect(without?.differsAtStep).toBeGreaterThan(0);
    }
  });
});

describe('legal orders', () => {
  test("are told by a specification of the user's own, though tsx loads it with a faultline of its own", async () => {
    const exported = await loadExports('properties/starter/replicated-register.ts', '--systems');
    const { replicatedRegister } = Object.fromEntries(exported) as Readonly<Record<string, System>>;
    if (replicatedRegister === undefined) return expect.unreachable();
    const { system, finding } = await firstFinding(replicatedRegister, 'answers-early');
    const { linearization } = recordingOf(system, finding, { otherStepsMax: 0 }).run.failure ?? {};
    expect(linearization?.spec).toBe('register');
    const operations = operationsOf(linearization?.history ?? []);
    const wrote = operations.find(({ operation }) => operation.kind === 'write');
    const led = linearization?.orders.find(({ to }) => to === wrote?.index);
    expect(led?.order).toEqual([wrote?.index]);
    expect(led?.state).toBe('1');
  });

  test('are known wherever a check keeps the order of what was found, and not where it leaves it out', async () => {
    const { finding } = await firstFinding(naive);
    const judging = (reword: (violation: Violation) => Violation): System => {
      const properties = naive.properties.map((property) => ({
        ...property,
        check(observed: Parameters<typeof property.check>[0]) {
          const result = property.check(observed);
          return result.verdict === 'invalid' ? { ...result, violation: reword(result.violation) } : result;
        },
      }));
      return { ...naive, properties };
    };
    const shownBy = (system: System) => recordingOf(system, finding, { otherStepsMax: 0 }).run.failure?.linearization;
    expect(shownBy(judging((violation) => ({ ...violation, explanation: 'stale' })))?.spec).toBe('register');
    const bare = judging(({ rule, explanation, operations }) => ({ rule, explanation, operations }));
    expect(shownBy(bare)).toBeUndefined();
  });
});

/** Everything of a recorded run that a page asks for. */
function readyToShow({ run, nodes }: Recording) {
  const moments = momentsOf(run.events);
  const names = nodes.map(({ name }) => name);
  return { moments, histories: nodeHistories(names, run.events, moments), messages: messagesOf(run.events, moments) };
}

describe('time travel', () => {
  const cases = ['CH-07', 'PBS-18', 'ES-01', 'CQ-06'].map((mutant) => ({ mutant }));

  test.each(cases)('$mutant: ends in the states in which the run ended', ({ mutant }) => {
    const { system, finding } = keptFinding(mutant);
    const recording = recordingOf(system, finding, { otherStepsMax: 0 });
    const { moments, histories } = readyToShow(recording);
    const inspected = recording.run.history.slice(recording.run.inspectionsFrom);
    const { inspections = [], nodes } = system.cluster(mutant);
    let compared = 0;
    for (const [place, entry] of inspected.entries()) {
      if (entry.type !== 'invoke' || !('node' in entry.operation)) continue;
      const node = String(entry.operation.node);
      const answer = inspected[place + 1];
      const inspection = inspections.find(({ role }) => role.behaviour === nodes[node]?.behaviour);
      const state = histories.get(node)?.states.at(moments.length - 1);
      if (state?.kind !== 'up' || inspection === undefined) throw new Error(`${node} was inspected while it was down`);
      expect(JSON.parse(JSON.stringify(inspection.inspect(state.state)))).toEqual(
        answer?.type === 'ok' ? JSON.parse(JSON.stringify(answer.result)) : undefined,
      );
      compared++;
    }
    expect(compared).toBeGreaterThan(0);
  });

  test.each(cases)('$mutant: leads to the same states from whichever side', ({ mutant }) => {
    const recording = recorded(mutant);
    const forwards = readyToShow(recording);
    const backwards = readyToShow(recording);
    const { moments } = forwards;
    for (const node of forwards.histories.keys()) {
      const seen = moments.map(({ index }) => JSON.stringify(forwards.histories.get(node)?.states.at(index)));
      for (let index = moments.length - 1; index >= 0; index -= 7)
        expect(JSON.stringify(backwards.histories.get(node)?.states.at(index))).toBe(seen[index]);
      expect(new Set(seen).size).toBeGreaterThan(1);
    }
  });

  test.each(cases)('$mutant: finds where a part of a state changed before and changes next', ({ mutant }) => {
    const { moments, histories } = readyToShow(recorded(mutant));
    let compared = 0;
    for (const { states } of histories.values()) {
      const last = states.at(moments.length - 1);
      if (last.kind === 'down' || typeof last.state !== 'object' || last.state === null) continue;
      for (const name of Object.keys(last.state)) {
        const seen = moments.map(({ index }) => {
          const now = states.at(index);
          const state = now.kind === 'up' ? (now.state as Readonly<Record<string, unknown>>) : {};
          return name in state ? canonicalJson(state[name]) : 'absent';
        });
        const changed = moments
          .map(({ index }) => index)
          .filter((index) => seen[index] !== (seen[index - 1] ?? 'absent'));
        for (let moment = 0; moment < moments.length; moment += 11) {
          const [before, after] = (['before', 'after'] as const).map((way) =>
            neighbourOfPart(states, [name], moment, way),
          );
          expect(before).toBe(changed.findLast((index) => index < moment));
          expect(after).toBe(changed.find((index) => index > moment));
          compared++;
        }
      }
    }
    expect(compared).toBeGreaterThan(50);
  });

  test('names moments so that their names lead back to them', () => {
    const { moments } = readyToShow(recorded('PBS-18'));
    for (const { id, index } of moments) expect(momentCalled(moments, id)).toBe(index);
    expect(momentCalled(moments, 'nonsense')).toBe(0);
    expect(momentCalled(moments, '1000000')).toBe(moments.length - 1);
  });
});

describe('disks', () => {
  /** A server that writes three records and syncs after the second. */
  const writer = pingSystem({
    on: {
      ping(_state, { id }, from, ctx) {
        ctx.disk.append('log', 'first');
        ctx.disk.set('key', 1);
        ctx.disk.sync('synced');
        ctx.disk.append('log', 'second');
        ctx.send(from, { kind: 'pong', id, count: 1 });
      },
    },
  });
  const disksOf = (faults: Plan['faults']) => {
    const { system, finding } = findingOf(writer, quietPlan({ operations: pings(1), faults }));
    const recording = recordingOf(system, finding);
    const { moments, histories } = readyToShow(recording);
    const disk = histories.get('server')?.disk;
    if (disk === undefined) throw new Error('the server has no disk');
    return moments.map(({ index }) => {
      const { cached, durable, unsynced } = disk.at(index);
      const recordsOf = ({ logs }: typeof cached) => (logs.get('log') ?? []).map(({ record }) => record);
      return { cached: recordsOf(cached), durable: recordsOf(durable), unsynced: unsynced.length };
    });
  };

  test('hold what was written at once, and keep what was synced', () => {
    const all = disksOf([]);
    expect(all[0]).toEqual({ cached: [], durable: [], unsynced: 0 });
    expect(all).toContainEqual({ cached: ['first', 'second'], durable: [], unsynced: 3 });
    expect(all).toContainEqual({ cached: ['first', 'second'], durable: ['first'], unsynced: 1 });
  });

  test('lose in a crash what was not synced', () => {
    const crash = { kind: 'crash', at: 5_000, node: 'server', forMicros: 1_000, unsyncedKeptPercent: 0 } as const;
    // The final read makes the server write once more.
    expect(disksOf([crash])).toContainEqual({ cached: ['first'], durable: ['first'], unsynced: 0 });
  });

  test('keep nothing where a sync lies', () => {
    const lie = { kind: 'lyingSync', at: 0, node: 'server', forMicros: 50_000 } as const;
    const all = disksOf([lie]);
    const before = all.slice(
      0,
      all.findIndex(({ unsynced }) => unsynced > 3),
    );
    expect(before.every(({ durable }) => durable.length === 0)).toBe(true);
  });
});

describe('messages', () => {
  test('know why they were lost', async () => {
    const { system, finding } = await firstFinding(naive);
    const recording = recordingOf(system, finding);
    const { moments, messages } = readyToShow(recording);
    const known = { plan: recording.plan, spans: faultSpans(recording.run.events, moments) };
    const reasons = [...messages.values()].flatMap((message) =>
      message.arrivals.flatMap((one) => (one.kind === 'lost' ? [whyLost(message, one, known)] : [])),
    );
    expect(reasons).toEqual(['✂ partition primary ✂ backup until healing']);
  });

  test('whose fate the plan decides say so', () => {
    const plan = quietPlan({ operations: pings(1), fates: [{ from: 'c1', to: 'server', nth: 0, delaysMicros: [] }] });
    const { system, finding } = findingOf(pingSystem(), plan);
    const recording = recordingOf(system, finding);
    const { moments, messages } = readyToShow(recording);
    const known = { plan: recording.plan, spans: faultSpans(recording.run.events, moments) };
    const [first] = messages.values();
    const [lost] = first?.arrivals ?? [];
    if (first === undefined || lost?.kind !== 'lost') return expect.unreachable();
    expect(whyLost(first, lost, known)).toBe('the plan decides that it is dropped');
  });
});

describe('differences', () => {
  test('tell what was added, removed and replaced, and where', () => {
    const before = { a: 1, b: [1, 2, 3], gone: true, same: { deep: [1] } };
    const after = { a: 2, b: [0, 1, 2, 3], same: { deep: [1] }, fresh: null };
    const difference = differenceOf(before, after);
    if (difference.kind !== 'changed') return expect.unreachable();
    expect(difference.parts.map(([name, { kind }]) => [name, kind])).toEqual([
      ['a', 'replaced'],
      ['b', 'changed'],
      ['same', 'same'],
      ['fresh', 'added'],
      ['gone', 'removed'],
    ]);
    const list = difference.parts[1]?.[1];
    expect(list?.kind === 'changed' && list.parts.map(([, { kind }]) => kind)).toEqual([
      'added',
      'same',
      'same',
      'same',
    ]);
  });

  test('are none between equal data', () => {
    fc.assert(
      fc.property(fc.jsonValue(), (value) => {
        expect(differenceOf(value, structuredClone(value)).kind).toBe('same');
      }),
      { numRuns: 200 },
    );
  });

  test('are some between data that is not equal', () => {
    fc.assert(
      fc.property(fc.jsonValue(), fc.jsonValue(), (one, other) => {
        fc.pre(canonicalJson(one) !== canonicalJson(other));
        expect(differenceOf(one, other).kind).not.toBe('same');
      }),
      { numRuns: 200 },
    );
  });
});

describe('the page', () => {
  test('is small, and the same each time it is bundled', async () => {
    const [one, other] = [await bundlePage('explorer'), await bundlePage('explorer')];
    expect(one).toBe(other);
    expect(Buffer.byteLength(one)).toBeLessThanOrEqual(400_000);
    expect(one).not.toMatch(/<script[^>]+src=|<link[^>]+href="http|@import/);
  });

  test('holds its recording where nothing of it can be taken for markup', async () => {
    const template = await bundlePage('explorer');
    const { system, finding } = keptFinding('CH-07');
    const recording = recordingOf(system, { ...finding, seed: '</script><script>alert(1)</script> $& <!--' });
    const page = explorerPage(recording, template);
    expect(page).not.toContain('alert(1)');
    const data = /<script type="text\/plain" id="recording">([A-Za-z0-9+/=]+)<\/script>/.exec(page)?.[1] ?? '';
    const read: unknown = JSON.parse(gunzipSync(Buffer.from(data, 'base64')).toString());
    expect(read).toEqual(JSON.parse(JSON.stringify(recording)));
    expect(page.length - data.length).toBeLessThan(template.length + 100);
  });

  test('may name where its recording is instead', async () => {
    const template = await bundlePage('explorer');
    const page = explorerPage({ url: '/recordings/a"b.json' }, template);
    expect(page).toContain('data-url="/recordings/a%22b.json"');
    expect(() => explorerPage({ url: '/a.json' }, '<p>no page</p>')).toThrow(/no place for a recording/);
  });
});

describe('what the page is told of a run', () => {
  const shown = (mutant: string) => {
    const recording = recorded(mutant);
    return modelOf(recording, recording.run);
  };

  test('it begins where the failure is certain, else where it shows at last, if only in what there is at the end', () => {
    const certain = shown('CH-07');
    expect(certain.start).toBe(certain.blame.find(({ kind }) => kind === 'certain')?.moment);
    const ended = shown('ES-01');
    expect(ended.blame.map(({ kind }) => kind)).toEqual(['end']);
    expect(ended.start).toBe(ended.moments.length - 1);
    const answered = shown('CQ-07');
    expect(answered.blame.some(({ kind }) => kind === 'certain')).toBe(false);
    expect(answered.start).toBe(answered.blame.at(-1)?.moment);
    expect(answered.line(answered.start).note).toContain('ok: ');
  });

  test('where the failure shows, each operation is named with its client and what it was told', () => {
    const { blame } = shown('CH-07');
    const words = blame.filter(({ kind }) => kind === 'operation').map((one) => one.words);
    expect(words.length).toBeGreaterThan(1);
    expect(new Set(words).size).toBe(words.length);
    for (const one of words) expect(one).toMatch(/^(get y: \S+|put y \S+) \(c\d\)( called)?$/);
  });

  test('matches follow one another from wherever one is, and begin again after the last', () => {
    expect([0, 3, 5, 9].map((moment) => nextMatch([3, 5, 9], moment, 1))).toEqual([3, 5, 9, 3]);
    expect([0, 3, 5, 10].map((moment) => nextMatch([3, 5, 9], moment, -1))).toEqual([9, 9, 3, 9]);
    expect(nextMatch([], 4, 1)).toBeUndefined();
  });

  test('it knows what each node is at each moment, and nothing while it is down', () => {
    const { histories, downs, moments } = shown('PBS-18');
    const roles = histories.get('p1')?.roles;
    expect(roles?.at(0)).toBe('primary, term 1');
    const down = downs.find(({ node }) => node === 'p1');
    expect(roles?.at(down?.from ?? 0)).toBeUndefined();
    expect(roles?.at(moments.length - 1)).toBe('primary, term 2');
  });

  test('a long number is found by all its digits, though the line shows but the last', () => {
    const model = shown('DY-02');
    const found = shownMoments(model, {
      find: 'stored 271375721824257',
      quiet: false,
      kinds: undefined,
      nodes: undefined,
    });
    expect(found.length).toBeGreaterThan(0);
    for (const moment of found) expect(model.line(moment).words).toContain('…4257');
  });

  test('names of lanes that are too long keep their ends, by which they differ', () => {
    expect(laneName('store', 60)).toBe('store');
    const [one, other] = ['projection1', 'projection2'].map((name) => laneName(name, 50));
    expect(one).toMatch(/^p.*…n1$/);
    expect(other).not.toBe(one);
    expect(one?.length).toBeLessThanOrEqual(6);
  });

  test('a bar of the history has room for its words', () => {
    const { run } = shown('old-tail-answers');
    const layout = new HistoryLayout(operationsOf(run.failure?.linearization?.history ?? []), 400);
    for (const one of layout.operations) {
      const [from, to] = layout.span(one);
      if (answeredWords(one).length <= 17) expect(to - from).toBeGreaterThan(6.7 * answeredWords(one).length);
    }
    expect(layout.operations.length).toBeGreaterThan(5);
  });
});
