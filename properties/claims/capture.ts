/**
 * What a crash of a connector costs: the events that come again, against the interval at which offsets are stored. Transactions
 * of one row commit at random moments; the connector crashes at a random one, comes back, and goes on from its last offset.
 *
 * At the crash the last flush is between 0 and T ago. Every event sent after it comes again, and so does every event that was
 * sent before it and acknowledged after it, one way there and one back. So of events at rate λ, λ(T/2 + 2 ways) come again on
 * average; and crash by crash, exactly those do.
 */
import { randomStream, simulate, type AnyOperation, type Run } from '../../framework/index.js';
import { capturedEvents, cdcExperiment } from '../../models/cdc/index.js';
import type { Claim } from './claim.js';
import { planOf } from './laboratory.js';

const FLUSH_MILLIS = [5, 20, 80];
const PER_SECOND = [50, 150];
const CRASHES = 200;
const HOP_MICROS = 200;
const SECOND = 1_000_000;
/**
 * By then the stream is under way, which begins when the first offset has been stored, and offsets have been stored since; the
 * crash comes within a whole number of intervals after it.
 */
const WARM_MICROS = 160_000;
const SPREAD_MICROS = 80_000;
const DOWN_MICROS = 5_000;
/** The 99 % quantile, two-sided, of the normal distribution. */
const Z = 2.5758;

/** A run in which the connector crashes once. */
function crashRun(
  flushMicros: number,
  perSecond: number,
  crash: number,
): { readonly run: Run; readonly crashAt: number } {
  const random = randomStream('capture', `${flushMicros} ${perSecond} ${crash}`);
  const crashAt = WARM_MICROS + random.between(0, SPREAD_MICROS - 1);
  const until = WARM_MICROS + SPREAD_MICROS;
  // As many transactions as come in that time, each at any moment of it; each is another client's, so that none waits.
  const operation = (n: number): AnyOperation & { readonly n: number } =>
    ({ kind: 'transaction', statements: [{ kind: 'note', table: 'journal' }], n }) as AnyOperation & {
      readonly n: number;
    };
  const count = Math.round((until * perSecond) / SECOND);
  const asks = Array.from({ length: count }, (_, place) => [
    { operation: operation(place + 1), at: random.between(0, until - 1) },
  ]);
  const faults = [
    { kind: 'crash', at: crashAt, node: 'connect', forMicros: DOWN_MICROS, unsyncedKeptPercent: 0 } as const,
  ];
  const plan = planOf({ seed: `capture ${crash}`, hopMicros: HOP_MICROS, asks, faults, healAt: until + DOWN_MICROS });
  const run = simulate(cdcExperiment({ mode: 'no_data', flushMicros, withinMicros: 0 }), plan);
  if (run.outcome.kind !== 'completed') throw new Error(run.outcome.reason);
  return { run, crashAt };
}

/** How many events came again after a crash, and how many should have. */
function measureCrash(flushMicros: number, perSecond: number, crash: number) {
  const { run, crashAt } = crashRun(flushMicros, perSecond, crash);
  const first = new Map<number, number>();
  let again = 0;
  for (const { lsn, sentAt } of capturedEvents(run)) {
    if (first.has(lsn)) again++;
    else first.set(lsn, sentAt);
  }
  const flushedAt = flushMicros * Math.floor(crashAt / flushMicros);
  const sent = [...first.values()].filter((at) => at <= crashAt);
  const due = acknowledgements(sent).filter((at) => at > flushedAt).length;
  return { again, due };
}

/** When events sent at these moments are acknowledged, one batch of a partition being on its way at a time. */
function acknowledgements(sent: readonly number[]): number[] {
  let [batchAt, acknowledgedAt] = [0, 0];
  return sent.map((at) => {
    const joins = at < batchAt;
    if (!joins) batchAt = Math.max(at, acknowledgedAt);
    if (!joins) acknowledgedAt = batchAt + 2 * HOP_MICROS;
    return acknowledgedAt;
  });
}

export function capture(): Claim {
  let [off, outside] = [0, 0];
  const rows = FLUSH_MILLIS.flatMap((millis) =>
    PER_SECOND.map((perSecond) => {
      const flushMicros = millis * 1_000;
      const crashes = Array.from({ length: CRASHES }, (_, crash) => measureCrash(flushMicros, perSecond, crash));
      const mean = crashes.reduce((sum, { again }) => sum + again, 0) / CRASHES;
      const rate = perSecond / SECOND;
      const expected = rate * (flushMicros / 2 + 2 * HOP_MICROS);
      // Poisson given the time since the flush, which is uniform in 0 … T.
      const variance = expected + (rate * flushMicros) ** 2 / 12;
      const margin = Z * Math.sqrt(variance / CRASHES);
      const exact = crashes.filter(({ again, due }) => again === due).length;
      if (exact < CRASHES) off++;
      if (Math.abs(mean - expected) > margin) outside++;
      const most = Math.max(...crashes.map(({ again }) => again));
      return [
        `${millis} ms`,
        perSecond,
        mean.toFixed(2),
        `${expected.toFixed(2)} ± ${margin.toFixed(2)}`,
        most,
        `${exact} of ${CRASHES}`,
      ] as const;
    }),
  );
  return {
    title: 'Events that come again after a crash of a connector',
    text:
      `A connector that stores its offset every T crashes while λ transactions of one row commit per second: ${CRASHES} crashes ` +
      `each, a message taking ${HOP_MICROS / 1_000} ms, disks being instant. Events that came again, on average and at most; what ` +
      'λ(T/2 + 2 messages) says, with its 99 % interval; and in how many crashes exactly those came again that had not been ' +
      'acknowledged when the offset was stored last. None is ever missing.',
    headings: ['T', 'λ', 'came again', 'theory', 'at most', 'exactly'],
    rows,
    holds: off === 0 && outside === 0,
    conclusion:
      off === 0 && outside === 0
        ? 'Twice the interval, twice the duplicates; and exactly those.'
        : `${outside} means are outside of their interval, and in ${off} rows other events came again than should have.`,
  };
}
