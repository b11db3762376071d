/**
 * Asynchronous loss, measured and bounded. Acknowledged writes may be lost at a failover. A run reports which, how many
 * and how old; and none may be lost that replication lag does not explain.
 *
 * The evidence is the monitor's own record of each failover: when it was, whom it promoted, and what every replica that
 * could be reached reported, namely the epochs of its log and the last moment at which it was level with its primary.
 * The acknowledgement of a write carries its place in the log, so by log matching (log.ts) the epochs tell who had it.
 */
import {
  formatTime,
  type CheckResult,
  type NodeId,
  type Plan,
  type Property,
  type Seen,
} from '../../framework/index.js';
import { degradations } from './degradations.js';
import {
  answeredOperations,
  finalState,
  invalid,
  NO_FINAL_STATE,
  unknown,
  valid,
  type Answered,
  type Evidence,
  type FinalState,
  type Inspection,
  type Write,
} from './evidence.js';
import { holdsPosition } from './log.js';
import type { Operation, Position } from './messages.js';
import type { Failover } from './monitor.js';
import type { Report } from './rules.js';

/** An acknowledged write that the service has forgotten. */
export interface LostWrite {
  readonly write: Answered<Write>;
  readonly position: Position;
  /** The failover whose promoted replica was the first not to have it; undefined if there was none. */
  readonly failover: Failover | undefined;
  /** How long before that failover it was acknowledged. */
  readonly ageMicros: number;
}

const isPosition = (result: unknown): result is Position =>
  typeof result === 'object' && result !== null && 'term' in result && 'index' in result;

/** Whether a replica had the record, and not in a tail that was already given up. */
const holds = ({ epochs, shared }: Report, position: Position): boolean =>
  position.index < shared && holdsPosition(epochs, position);

export function lostWrites(writes: readonly Answered<Write>[], { log, monitor }: FinalState): LostWrite[] {
  const kept = new Set(log.map(({ value }) => value));
  const lost: LostWrite[] = [];
  for (const write of writes) {
    const position = write.result;
    if (kept.has(write.operation.value) || !isPosition(position)) continue;
    const failover = monitor.failovers.find(({ term, promoted, reports }) => {
      const chosen = reports.find(({ node }) => node === promoted);
      return term > position.term && !(chosen !== undefined && holds(chosen, position));
    });
    const ageMicros = failover === undefined ? 0 : Math.max(0, failover.at - write.answeredAt);
    lost.push({ write, position, failover, ageMicros });
  }
  return lost;
}

/**
 * The moment up to which a replica had, when it reported, every acknowledged write: when it was last level with the
 * primary of a term, or when that term ended, if it went on following a primary that was one no more.
 */
function levelUntil({ level }: Report, failovers: readonly Failover[]): number {
  if (level === null) return 0;
  const end = failovers.find(({ term }) => term > level.term);
  return Math.min(level.at, end?.at ?? level.at);
}

/** How far the best of the replicas that could be reached was behind at `failover`: the time that lag accounts for. */
function lagMicros(failover: Failover, failovers: readonly Failover[]): number {
  return failover.at - Math.max(0, ...failover.reports.map((report) => levelUntil(report, failovers)));
}

/** How long an acknowledgement may be on its way to the client, who is never paused. */
function answerMicrosMax({ network, fates }: Plan): number {
  return Math.max(network.delay.maxMicros, ...fates.flatMap(({ delaysMicros }) => delaysMicros));
}

const describe = ({ write: { operation, answeredAt } }: LostWrite): string =>
  `${operation.key}=${operation.value} (acknowledged at ${formatTime(answeredAt)})`;

/** Why replication lag does not account for this loss; undefined if it does. */
function unexplained(
  lost: LostWrite,
  { monitor, replicas }: FinalState,
  answerMicrosMax: number,
): { readonly rule: string; readonly explanation: string } | undefined {
  const { failover, position, ageMicros } = lost;
  if (failover === undefined)
    return {
      rule: 'lost without a failover',
      explanation: `${describe(lost)} is lost, though every replica promoted since then had it.`,
    };
  const { at, promoted, reports } = failover;
  const holder = reports.find((report) => holds(report, position))?.node;
  if (holder !== undefined)
    return {
      rule: 'a reachable replica had it',
      explanation:
        `${describe(lost)} is lost: at ${formatTime(at)} the monitor promoted ${promoted}, which did not have it, ` +
        `although ${holder} had reported that it did. The lag of the best replica does not explain this loss.`,
    };
  if (lost.write.answeredAt > at + answerMicrosMax)
    return {
      rule: 'acknowledged by a deposed primary',
      explanation:
        `${describe(lost)} is lost: its primary acknowledged it although ${promoted} had been promoted ` +
        `at ${formatTime(at)}. Lag explains no loss of what is written after a failover.`,
    };
  const lag = lagMicros(failover, monitor.failovers);
  if (ageMicros > lag)
    return {
      rule: 'older than the lag',
      explanation:
        `${describe(lost)} was ${formatTime(ageMicros)} old when ${promoted} was promoted without it, ` +
        `but the best replica that could be reached was only ${formatTime(lag)} behind.`,
    };
  if (!replicas.some(({ rewound }) => rewound.some(({ value }) => value === lost.write.operation.value)))
    return {
      rule: 'lost without a trace',
      explanation: `${describe(lost)} is lost, and no replica has it among the writes that it rewound and kept aside.`,
    };
  return undefined;
}

/** A run's loss, counted and judged. What is known from elsewhere joins `seen`. */
function judgeLoss(run: Evidence, final: FinalState, explain: typeof unexplained, more: Seen): CheckResult {
  const { writes } = answeredOperations(run);
  const lost = lostWrites(writes, final);
  const seen = {
    acknowledged: writes.length,
    lost: lost.length,
    oldestLostMicros: Math.max(0, ...lost.map(({ ageMicros }) => ageMicros)),
    failovers: final.monitor.failovers.length,
    failoversWithLoss: new Set(lost.map(({ failover }) => failover?.term)).size,
    ...more,
  };
  for (const one of lost) {
    const found = explain(one, final, answerMicrosMax(run.plan));
    if (found !== undefined) return invalid({ ...found, operations: [one.write.index] }, seen);
  }
  return writes.every(({ index }) => index >= run.probesFrom)
    ? unknown('no write was acknowledged', seen)
    : valid(seen);
}

export const lossWithinLag: Property<Operation, Inspection> = {
  name: 'no acknowledged write is lost beyond the lag of the best backup',
  check(run) {
    const final = finalState(run);
    return final === undefined ? unknown(NO_FINAL_STATE, {}) : judgeLoss(run, final, unexplained, {});
  },
};

/** Semi-synchronously nothing may be lost that two disks had; what was acknowledged alone, as asynchronously. */
const unexplainedTogether: typeof unexplained = (lost, final, answerMicrosMax) =>
  isAlone(lost.write)
    ? unexplained(lost, final, answerMicrosMax)
    : {
        rule: 'lost though it was not acknowledged alone',
        explanation: `${describe(lost)} is lost, and its primary had not said that it acknowledged it alone.`,
      };

const isAlone = ({ result }: Answered<Write>): boolean =>
  isPosition(result) && 'alone' in result && result.alone === true;

export const lossOnlyWhileDegraded: Property<Operation, Inspection> = {
  name: 'no acknowledged write is lost but while degraded, and then within the lag of the best backup',
  check(run) {
    const final = finalState(run);
    if (final === undefined) return unknown(NO_FINAL_STATE, {});
    const windows = degradations(final, run.history.at(-1)?.time ?? 0);
    const lengths = windows.map(({ from, to }) => to - from);
    return judgeLoss(run, final, unexplainedTogether, {
      acknowledgedAlone: answeredOperations(run).writes.filter(isAlone).length,
      degradations: windows.length,
      millisDegraded: Math.round(lengths.reduce((sum, length) => sum + length, 0) / 1_000),
      longestDegradationMicros: Math.max(0, ...lengths),
    });
  },
};

/** One lost write for the reader: which, how old, and at whose promotion. */
export interface LossReport {
  readonly key: string;
  readonly value: number;
  readonly ageMicros: number;
  readonly promoted: NodeId | undefined;
}

/** Which acknowledged writes a run has lost. */
export function reportLoss(writes: readonly Answered<Write>[], final: FinalState): LossReport[] {
  return lostWrites(writes, final).map(({ write: { operation }, ageMicros, failover }) => ({
    key: operation.key,
    value: operation.value,
    ageMicros,
    promoted: failover?.promoted,
  }));
}
