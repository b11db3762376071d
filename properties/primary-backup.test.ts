/**
 * Primary-backup replication: failovers, changes of the in-sync set, degradations, rewinds, checkpoints and asynchronous
 * losses really happen, the systems keep their promises through them, and each mutant breaks the promise that it names.
 */
import { describe, expect, test } from 'vitest';
import { Campaign, judge, planGenerator, simulate, type Fault, type Plan, type Run, type System } from 'faultline';
import {
  loseByCrash,
  lossExperiment,
  primaryBackupAsync,
  primaryBackupSemiSync,
  primaryBackupSync,
} from '../models/primary-backup/index.js';
import { commonLength, epochsOf, firstOfEpochs, holdsPosition, sharedLength } from '../models/primary-backup/log.js';
import { answeredOperations, finalState, type Evidence, type FinalState } from '../models/primary-backup/evidence.js';
import { lossOnlyWhileDegraded, lossWithinLag, reportLoss } from '../models/primary-backup/loss.js';
import { staleness } from '../models/primary-backup/reads.js';
import { applyTo, EMPTY_STORE, recordsOf, requestOf, versionOf } from '../models/primary-backup/store.js';
import { PROBE } from '../models/primary-backup/system.js';
import { observe } from '../framework/simulation/judge.js';

const SEEDS = 500;

const put = (client: number, at: number, value: number) => ({
  at,
  client,
  operation: { kind: 'put', key: 'x', value },
});
const get = (client: number, at: number) => ({ at, client, operation: { kind: 'get', key: 'x' } });

const peek = (client: number, at: number, node: string) => ({
  at,
  client,
  operation: { kind: 'peek', key: 'x', at: node },
});
/** One write every millisecond and a half, by the clients in turn. */
const manyPuts = (count: number, from: number) =>
  Array.from({ length: count }, (_, index) => put(index % 6, from + index * 1_500, index + 1));

/** A calm plan, but for what is given: every message takes 500 µs, every sync 200 µs. */
function calmPlan(system: System, changes: Pick<Plan, 'operations' | 'faults'>): Plan {
  return {
    ...planGenerator(system)(0),
    network: {
      delay: { kind: 'uniform', minMicros: 500, maxMicros: 500 },
      dropPerMillion: 0,
      duplicatePerMillion: 0,
    },
    diskSync: { kind: 'uniform', minMicros: 200, maxMicros: 200 },
    ...changes,
  };
}

const crash = (node: string, at: number, forMicros: number): Fault => ({
  kind: 'crash',
  at,
  node,
  forMicros,
  unsyncedKeptPercent: 0,
});

const cut = (from: readonly string[], to: readonly string[], at: number, forMicros: number): Fault => ({
  kind: 'partition',
  at,
  from,
  to,
  direction: 'both',
  forMicros,
});

/** What a run of one of these two systems shows: their operations and inspections are what their types say. */
const evidence = (run: Run): Evidence => observe(run) as Evidence;

function finalOf(run: Run): FinalState {
  const final = finalState(evidence(run));
  if (final === undefined) throw new Error('nothing was inspected');
  return final;
}

function lossOf(run: Run) {
  return reportLoss(answeredOperations(evidence(run)).writes, finalOf(run));
}

/** What each replica holds in the end of the writes that the plan asked for: the probe after healing is left out. */
const logsOf = (run: Run): number[][] =>
  finalOf(run).replicas.map(({ log }) => log.filter(({ key }) => key !== PROBE).map(({ value }) => value));

const completions = (run: Run): string[] =>
  run.history.slice(0, run.probesFrom).flatMap((entry) => (entry.type === 'invoke' ? [] : [entry.type]));

describe('logs are compared by their epochs', () => {
  const log = (...terms: number[]) => terms.map((term, index) => ({ id: `r${index}`, key: 'x', value: index, term }));
  const epochs = (...terms: number[]) => epochsOf(log(...terms));

  test('an epoch ends where the term changes', () => {
    expect(epochs()).toEqual([]);
    expect(epochs(1, 1, 3)).toEqual([
      { term: 1, end: 2 },
      { term: 3, end: 3 },
    ]);
  });

  test('two logs have in common what precedes their first difference', () => {
    expect(commonLength(epochs(), epochs(1))).toBe(0);
    expect(commonLength(epochs(1, 1, 1), epochs(1, 2, 2))).toBe(1);
    expect(commonLength(epochs(1, 2, 2), epochs(1, 1, 1))).toBe(1);
    expect(commonLength(epochs(1, 2, 2), epochs(1, 2, 2, 2))).toBe(3);
    expect(commonLength(epochs(1, 2), epochs(1, 3))).toBe(1);
  });

  test('a replica counts for what it shares with the last primary, whatever else it holds', () => {
    const lineage = { term: 4, epochs: epochs(1, 1, 3) };
    expect(sharedLength(lineage, epochs(1, 1, 3, 4, 4))).toBe(5);
    expect(sharedLength(lineage, epochs(1, 1, 3, 3))).toBe(3);
    expect(sharedLength(lineage, epochs(1, 1, 2, 2, 2))).toBe(2);
    expect(sharedLength(lineage, epochs(1))).toBe(1);
    expect(firstOfEpochs(epochs(1, 1, 2, 2), 3)).toEqual(epochs(1, 1, 2));
    expect(firstOfEpochs(epochs(1, 1, 2, 2), 0)).toEqual([]);
  });

  test('a position is in a log if its index lies in the epoch of its term', () => {
    expect(holdsPosition(epochs(1, 1, 2), { term: 2, index: 2 })).toBe(true);
    expect(holdsPosition(epochs(1, 1, 2), { term: 1, index: 2 })).toBe(false);
    expect(holdsPosition(epochs(1, 1, 2), { term: 3, index: 0 })).toBe(false);
  });
});

describe('the applied state', () => {
  const record = (id: string, key: string, value: number, term: number) => ({ id, key, value, term });
  const records = [record('r0.1', 'x', 1, 1), record('r1.1', 'y', 2, 1), record('r0.2', 'x', 3, 2)];
  const store = applyTo(EMPTY_STORE, records);

  test('shows what the records before a place have written, and gives the records back', () => {
    expect([versionOf(store, 1, 'x'), versionOf(store, 3, 'x'), versionOf(store, 1, 'y')]).toEqual([1, 3, null]);
    expect(recordsOf(store)).toEqual(records);
  });

  test('is the same however the records are divided, and does not change what it was made from', () => {
    for (let first = 0; first <= records.length; first++) {
      const before = applyTo(EMPTY_STORE, records.slice(0, first));
      const copy = structuredClone(before);
      expect(applyTo(before, records.slice(first))).toEqual(store);
      expect(before).toEqual(copy);
    }
  });

  test('remembers the last request of every client', () => {
    expect(store.sessions).toEqual([
      { client: 'r0', request: 2, term: 2, index: 2 },
      { client: 'r1', request: 1, term: 1, index: 1 },
    ]);
    expect(requestOf('r12.34')).toEqual({ client: 'r12', request: 34 });
  });

  test('keeps the epochs of what is in the log no more', () => {
    expect(epochsOf([record('r1.2', 'x', 4, 2)], store)).toEqual([
      { term: 1, end: 2 },
      { term: 2, end: 4 },
    ]);
  });
});

describe.for([primaryBackupSync, primaryBackupSemiSync])('$name', (system) => {
  test('drops applied records from the log, and resyncs who lacks them from the checkpoint', () => {
    const operations = manyPuts(40, 30_000);
    const run = simulate(system, calmPlan(system, { operations, faults: [crash('p3', 20_000, 130_000)] }));
    expect(judge(system, run).verdict).toBe('valid');
    const { replicas } = finalOf(run);
    expect(replicas.map(({ installs }) => installs)).toEqual([0, 0, 1]);
    for (const { checkpoints } of replicas) expect(checkpoints).toBeGreaterThan(0);
    expect(logsOf(run)[2]).toHaveLength(40);
  });
});

describe('reads from a backup', () => {
  const faults = [cut(['p1', 'p2', 'monitor'], ['p3'], 18_000, 90_000)];
  const operations = [put(0, 5_000, 1), put(1, 30_000, 2), put(2, 60_000, 3), peek(3, 90_000, 'p3')];

  test.for([primaryBackupSync, primaryBackupSemiSync, primaryBackupAsync])(
    'may be stale in $name, which is told and not held against it',
    (system) => {
      const run = simulate(system, calmPlan(system, { operations, faults }));
      const { verdict, results } = judge(system, run);
      expect(verdict).toBe('valid');
      const seen = results.find(({ property }) => property === staleness.name)?.result.seen;
      expect(seen).toMatchObject({ stale: 1, versionsMax: 2 });
      expect(seen?.oldestMicros).toBeGreaterThan(20_000);
    },
  );
});

describe('a semi-synchronous primary', () => {
  const system = primaryBackupSemiSync;
  const alone = cut(['p1'], ['p2', 'p3'], 10_000, 60_000);
  const acknowledgements = (run: Run) =>
    run.history
      .slice(0, run.probesFrom)
      .flatMap((entry) => (entry.type === 'ok' ? [(entry.result as { readonly alone: boolean }).alone] : []));
  const seenIn = (run: Run) =>
    judge(system, run).results.find(({ property }) => property === lossOnlyWhileDegraded.name)?.result.seen;

  test('degrades when no backup answers in time, says so, and waits again when one has caught up', () => {
    const operations = [put(0, 5_000, 1), put(1, 20_000, 2), put(2, 100_000, 3)];
    const run = simulate(system, calmPlan(system, { operations, faults: [alone] }));
    expect(judge(system, run).failures).toEqual([]);
    expect(acknowledgements(run)).toEqual([false, true, false]);
    expect(seenIn(run)).toMatchObject({ acknowledgedAlone: 1, lost: 0, degradations: 1 });
    // From 6 ms after the write to what is shipped after the partition.
    expect(seenIn(run)?.millisDegraded).toBeGreaterThan(40);
    expect(seenIn(run)?.millisDegraded).toBeLessThan(60);
  });

  test('that fails while degraded loses what it acknowledged alone, and is excused only if it said so', () => {
    const operations = [put(0, 5_000, 1), put(1, 20_000, 2)];
    const plan = calmPlan(system, { operations, faults: [alone, crash('p1', 35_000, 100_000)] });
    const run = simulate(system, plan);
    expect(judge(system, run).failures).toEqual([]);
    expect(lossOf(run).map(({ value }) => value)).toEqual([2]);
    expect(seenIn(run)).toMatchObject({ acknowledgedAlone: 1, lost: 1, failoversWithLoss: 1 });
    for (const mutant of ['silent-degradation', 'PBA-01']) {
      const { failure } = judge(system, simulate(system, plan, { mutant }));
      expect(failure?.promise, mutant).toBe(lossOnlyWhileDegraded.name);
    }
  });

  test('is succeeded only when so many have reported that one of them has what two had', () => {
    // p3 has not the second write, and is the only one that the monitor reaches for a while.
    const operations = [put(0, 5_000, 1), put(1, 20_000, 2)];
    const faults = [cut(['p3'], ['p1', 'p2'], 10_000, 40_000), cut(['monitor'], ['p1', 'p2'], 25_000, 60_000)];
    const plan = calmPlan(system, { operations, faults });
    const run = simulate(system, plan);
    expect(judge(system, run).failures).toEqual([]);
    expect(logsOf(run)[0]).toEqual([1, 2]);
    const { failure } = judge(system, simulate(system, plan, { mutant: 'hasty-promotion' }));
    expect(failure?.promise).toBe(lossOnlyWhileDegraded.name);
  });
});

describe('without faults', () => {
  test.for([primaryBackupSync, primaryBackupSemiSync, primaryBackupAsync])(
    '$name answers everything in the first term',
    (system) => {
      const operations = [put(0, 5_000, 1), get(1, 12_000), put(2, 20_000, 2), get(0, 30_000)];
      const run = simulate(system, calmPlan(system, { operations, faults: [] }));
      expect(judge(system, run).verdict).toBe('valid');
      expect(completions(run)).toEqual(['ok', 'ok', 'ok', 'ok']);
      expect(finalOf(run).monitor).toMatchObject({ primary: 'p1', failovers: [], changes: 0 });
      expect(logsOf(run)).toEqual([
        [1, 2],
        [1, 2],
        [1, 2],
      ]);
    },
  );
});

describe('a synchronous primary', () => {
  const system = primaryBackupSync;
  const isolation = cut(['p1', 'c1'], ['monitor', 'p2', 'p3', 'c2'], 20_000, 150_000);

  test('that is cut off answers no read when its lease is over, and the write goes to its successor', () => {
    const operations = [put(0, 5_000, 1), get(0, 25_000), put(1, 30_000, 2), get(0, 90_000)];
    const plan = { ...calmPlan(system, { operations, faults: [isolation] }), clients: 2 };
    const run = simulate(system, plan);
    expect(judge(system, run).verdict).toBe('valid');
    // The read under the lease is answered, the one after it is not; the write in between is.
    expect(completions(run)).toEqual(['ok', 'ok', 'ok', 'fail']);
    expect(finalOf(run).monitor).toMatchObject({ primary: 'p2', failovers: [{ deposed: 'p1', promoted: 'p2' }] });
    const { verdict, failure } = judge(system, simulate(system, plan, { mutant: 'PBS-12' }));
    expect(verdict).toBe('invalid');
    expect(failure?.promise).toBe(system.mutants['PBS-12']?.caughtBy);
  });

  test('is replaced after a restart, however short, since it may have forgotten what it was doing', () => {
    const faults = [crash('p1', 20_000, 300)];
    const run = simulate(system, calmPlan(system, { operations: [put(0, 5_000, 1), put(1, 21_000, 2)], faults }));
    expect(judge(system, run).verdict).toBe('valid');
    expect(finalOf(run).monitor.failovers.map(({ term, promoted }) => [term, promoted])).toEqual([[2, 'p1']]);
  });

  test('has a silent backup dropped from the in-sync set before it acknowledges without it, and admitted again', () => {
    const operations = [put(0, 30_000, 1)];
    const run = simulate(system, calmPlan(system, { operations, faults: [crash('p3', 20_000, 100_000)] }));
    expect(judge(system, run).verdict).toBe('valid');
    const { monitor } = finalOf(run);
    expect(monitor).toMatchObject({ primary: 'p1', changes: 2, failovers: [] });
    expect([...monitor.inSync].sort()).toEqual(['p1', 'p2', 'p3']);
    expect(logsOf(run)).toEqual([[1], [1], [1]]);
    // Not before the drop was confirmed, some 25 ms after p3 was last heard of.
    const acknowledged = run.history.find(({ type }) => type === 'ok');
    expect(acknowledged?.time).toBeGreaterThan(40_000);
  });
});

describe('an asynchronous primary', () => {
  const system = primaryBackupAsync;
  const operations = [put(0, 5_000, 1), put(1, 20_200, 2), put(2, 20_300, 3)];
  // The second and third write are acknowledged after the shipment at 16 ms, and before the one at 24 ms.
  const faults = [crash('p1', 23_000, 100_000)];

  test('that crashes before it ships loses what it acknowledged: reported, and within the promise (PBA-01)', () => {
    const run = simulate(system, calmPlan(system, { operations, faults }));
    expect(completions(run)).toEqual(['ok', 'ok', 'ok']);
    const { verdict, results } = judge(system, run);
    expect(verdict).toBe('valid');
    expect(lossOf(run).map(({ value, promoted }) => [value, promoted])).toEqual([
      [2, 'p2'],
      [3, 'p2'],
    ]);
    const seen = results.find(({ property }) => property === lossWithinLag.name)?.result.seen;
    expect(seen).toMatchObject({ acknowledged: 4, lost: 2, failovers: 1, failoversWithLoss: 1 });
    expect(seen?.oldestLostMicros).toBeGreaterThan(10_000);
  });

  test('rewinds its unreplicated tail when it comes back, and keeps it aside', () => {
    const run = simulate(system, calmPlan(system, { operations, faults }));
    const { replicas } = finalOf(run);
    expect(logsOf(run)).toEqual([[1], [1], [1]]);
    expect(replicas.find(({ node }) => node === 'p1')?.rewound.map(({ value }) => value)).toEqual([2, 3]);
    const { failure } = judge(system, simulate(system, calmPlan(system, { operations, faults }), { mutant: 'PBA-08' }));
    expect(failure?.promise).toBe(system.mutants['PBA-08']?.caughtBy);
  });

  test('loses nothing that its best backup has', () => {
    const both = [cut(['p1'], ['p2'], 10_000, 60_000), crash('p1', 28_000, 100_000)];
    const plan = calmPlan(system, { operations, faults: both });
    const run = simulate(system, plan);
    expect(judge(system, run).verdict).toBe('valid');
    expect(lossOf(run)).toEqual([]);
    expect(finalOf(run).monitor.primary).toBe('p3');
    const { failure } = judge(system, simulate(system, plan, { mutant: 'PBA-07' }));
    expect(failure?.promise).toBe(system.mutants['PBA-07']?.caughtBy);
  });

  test('loses in the laboratory just what the lag accounts for (npm run claims has the statistics)', () => {
    const experiment = lossExperiment({ backups: 2, shipping: { kind: 'at-once' } });
    const writesAt = Array.from({ length: 40 }, (_, index) => 20_001 + index * 500);
    const setting = { seed: 'laboratory', writesAt, crashAt: 39_999, messagesMax: 60 };
    for (const [lagsMicros, lost] of [
      [[100, 4_000], 0],
      [[4_000, 4_000], 8],
      [[9_000, 5_000], 10],
    ] as const)
      expect(loseByCrash(experiment, { ...setting, lagsMicros })).toEqual({ acknowledged: 40, lost, verdict: 'valid' });
    const fixed = loseByCrash(experiment, { ...setting, lagsMicros: [9_000, 5_000] }, 'PBA-07');
    expect(fixed).toEqual({ acknowledged: 40, lost: 18, verdict: 'invalid' });
  });
});

describe.for([primaryBackupSync, primaryBackupSemiSync, primaryBackupAsync])('the correct $name', (system) => {
  test(`keeps its promises over ${SEEDS} seeds, through all that it is made for`, async ({ annotate }) => {
    const campaign = new Campaign(system);
    const counts = { failovers: 0, secondFailovers: 0, changes: 0, rewinds: 0, lost: 0, unknownWrites: 0 };
    const storage = { checkpoints: 0, installs: 0, degradations: 0 };
    for (let seed = 0; seed < SEEDS; seed++) {
      const { run, found } = campaign.runSeed(String(seed));
      expect(found?.failure, `seed ${seed}`).toBeUndefined();
      const { monitor, replicas } = finalOf(run);
      counts.failovers += monitor.failovers.length;
      counts.secondFailovers += monitor.failovers.length > 1 ? 1 : 0;
      counts.changes += monitor.changes;
      counts.rewinds += replicas.filter(({ rewound }) => rewound.length > 0).length;
      counts.lost += system === primaryBackupAsync ? lossOf(run).length : 0;
      for (const { checkpoints, installs, modeChanges } of replicas) {
        storage.checkpoints += checkpoints;
        storage.installs += installs;
        storage.degradations += modeChanges.filter(({ to }) => to === 'degraded').length;
      }
      counts.unknownWrites += completions(run).filter((type) => type === 'info').length;
    }
    const { verdict, runs } = campaign.summary;
    await annotate(
      `${SEEDS} seeds: ${JSON.stringify(runs)}, ${JSON.stringify({ ...counts, ...storage })}`,
      'exercised',
    );
    expect(verdict).toBe('valid');
    // Where the primary degrades before anything is asked of it, nothing is judged linearizable.
    expect(runs.valid).toBeGreaterThan((system === primaryBackupSemiSync ? 0.8 : 0.9) * SEEDS);
    expect(counts.failovers).toBeGreaterThan(SEEDS / 4);
    expect(counts.secondFailovers).toBeGreaterThan(SEEDS / 50);
    expect(counts.rewinds).toBeGreaterThan(10);
    expect(counts.unknownWrites).toBeGreaterThan(10);
    expect(storage.checkpoints).toBeGreaterThan(SEEDS);
    if (system === primaryBackupAsync) expect(counts.lost).toBeGreaterThan(10);
    else expect(storage.installs).toBeGreaterThan(SEEDS / 50);
    if (system === primaryBackupSync) expect(counts.changes).toBeGreaterThan(SEEDS / 2);
    if (system === primaryBackupSemiSync) expect(storage.degradations).toBeGreaterThan(SEEDS / 10);
  });
});
