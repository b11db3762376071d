/**
 * Synchronous, semi-synchronous and asynchronous primary-backup replication under the same plans: what each pays in latency and
 * availability for what it keeps. The plans are those of the search for the asynchronous system, which bears least.
 */
import { judge, operationsOf, planGenerator, simulate, type Run, type System } from '../../framework/index.js';
import { primaryBackupAsync, primaryBackupSemiSync, primaryBackupSync } from '../../models/primary-backup/index.js';
import type { Claim } from './claim.js';

const RUNS = 1_000;

interface Measured {
  asked: number;
  answered: number;
  readonly latencies: number[];
  /** For each run, the longest time in the fault phase in which no write was answered. */
  readonly silences: number[];
  failovers: number;
  lost: number;
  invalid: number;
}

/** Writes that were asked for while there were faults, and how they fared. */
function addRun(measured: Measured, { history, plan }: Run): void {
  let answeredAt = 0;
  let silence = 0;
  const writes = operationsOf(history).filter(
    ({ operation, invokedAt }) => operation.kind === 'put' && invokedAt < plan.healAt,
  );
  measured.asked += writes.length;
  for (const { outcome, invokedAt, returnedAt } of writes)
    if (outcome.kind === 'ok' && returnedAt !== null) measured.latencies.push(returnedAt - invokedAt);
  const answers = writes.flatMap(({ outcome, returnedAt }) =>
    outcome.kind === 'ok' && returnedAt !== null ? [returnedAt] : [],
  );
  measured.answered += answers.length;
  for (const at of [...answers, plan.healAt].sort((one, other) => one - other)) {
    silence = Math.max(silence, Math.min(at, plan.healAt) - answeredAt);
    answeredAt = Math.min(at, plan.healAt);
  }
  measured.silences.push(silence);
}

function measureMode(system: System): Measured {
  const plan = planGenerator(primaryBackupAsync);
  const measured: Measured = { asked: 0, answered: 0, latencies: [], silences: [], failovers: 0, lost: 0, invalid: 0 };
  for (let seed = 0; seed < RUNS; seed++) {
    const run = simulate(system, plan(seed));
    const { results, verdict } = judge(system, run);
    addRun(measured, run);
    if (verdict === 'invalid') measured.invalid++;
    measured.failovers += Math.max(0, ...results.map(({ result }) => result.seen['failovers'] ?? 0));
    measured.lost += Math.max(0, ...results.map(({ result }) => result.seen['lost'] ?? 0));
  }
  return measured;
}

/** The value below which `percent` of `values` are, in milliseconds. */
function quantile(values: readonly number[], percent: number): string {
  const sorted = values.toSorted((one, other) => one - other);
  return ((sorted[Math.floor(((sorted.length - 1) * percent) / 100)] ?? NaN) / 1_000).toFixed(1);
}

export function whenToAcknowledge(): Claim {
  const modes = [
    ['synchronous', primaryBackupSync],
    ['semi-synchronous', primaryBackupSemiSync],
    ['asynchronous', primaryBackupAsync],
  ] as const;
  const all = modes.map(([name, system]) => ({ name, ...measureMode(system) }));
  const rows = all.map(({ name, asked, answered, latencies, silences, failovers, lost }) => [
    name,
    `${((100 * answered) / asked).toFixed(2)} %`,
    quantile(latencies, 50),
    quantile(latencies, 99),
    quantile(silences, 50),
    quantile(silences, 99),
    failovers,
    answered,
    lost,
  ]);
  const [sync, semi, async] = all.map(({ lost, latencies }) => ({ lost, median: Number(quantile(latencies, 50)) }));
  const inOrder = (one: number | undefined, other: number | undefined): boolean => (one ?? NaN) <= (other ?? NaN);
  const holds =
    all.every(({ invalid }) => invalid === 0) &&
    sync?.lost === 0 &&
    inOrder(semi?.lost, async?.lost) &&
    inOrder(async?.median, semi?.median) &&
    inOrder(semi?.median, sync.median);
  return {
    title: 'Synchronous, semi-synchronous or asynchronous: durability, latency, availability',
    text:
      `${RUNS.toLocaleString('en')} runs of the same plans: 200 ms of faults, delays up to 3 ms, disk syncs up to 8 ms. Writes ` +
      'asked for meanwhile: how many were acknowledged, after how many ms (median, 99 %), and for how long at most none was ' +
      '(median and 99 % over the runs); failovers, acknowledged writes, and how many of them were lost. Synchronously none may ' +
      'be, and the later the acknowledgement, the less is lost and the longer it takes.',
    headings: ['acknowledges', 'answered', 'latency', '99 %', 'silence', '99 %', 'failovers', 'acknowledged', 'lost'],
    rows,
    holds,
    conclusion: holds ? 'So it is.' : 'It is not so.',
  };
}
