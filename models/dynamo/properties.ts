/** What Dynamo promises: it is always writeable, and what was written comes together again. */
import {
  checkConvergence,
  operationsOf,
  type CheckResult,
  type Observed,
  type Property,
  type RecordedOperation,
} from '../../framework/index.js';
import {
  dotsOf,
  emptyContext,
  hasSeen,
  includesContext,
  type CausalContext,
  type Dot,
} from '../causality/causal-context.js';
import type { Found, Operation, Written } from './messages.js';
import type { Inspection } from './node-state.js';
import { Ring } from './ring.js';
import { merged, NOTHING, summary, type StoredObject } from './versions.js';

type Run = Observed<Operation, Inspection>;
type Claim = Property<Operation, Inspection>;

/** A write as its client knows it: what it replaced is what the client had read last. */
interface KnownWrite {
  readonly recorded: RecordedOperation<Operation>;
  readonly key: string;
  readonly value: number | null;
  readonly follows: CausalContext;
  /** Undefined if it was not acknowledged. */
  readonly dot: Dot | undefined;
}

interface KnownRead {
  readonly recorded: RecordedOperation<Operation>;
  readonly key: string;
  readonly found: Found;
}

function evidenceOf({ history }: Run): {
  readonly writes: readonly KnownWrite[];
  readonly reads: readonly KnownRead[];
} {
  const writes: KnownWrite[] = [];
  const reads: KnownRead[] = [];
  /** By process and key. */
  const lastRead = new Map<string, CausalContext>();
  for (const recorded of operationsOf(history)) {
    const { operation, outcome, process } = recorded;
    if (!('key' in operation)) continue;
    const { key } = operation;
    if (operation.kind !== 'get') {
      const value = operation.kind === 'put' ? operation.value : null;
      const dot = outcome.kind === 'ok' ? (outcome.result as Written).dot : undefined;
      writes.push({ recorded, key, value, follows: lastRead.get(`${process} ${key}`) ?? emptyContext(), dot });
    } else if (outcome.kind === 'ok') {
      const found = outcome.result as Found;
      reads.push({ recorded, key, found });
      lastRead.set(`${process} ${key}`, found.seen);
    }
  }
  return { writes, reads };
}

const replaces = (one: KnownWrite, other: KnownWrite): boolean =>
  one.key === other.key && other.dot !== undefined && hasSeen(one.follows, other.dot);

const say = ({ recorded: { operation, process } }: KnownWrite): string =>
  `process ${process}'s ${operation.kind} ${'key' in operation ? operation.key : ''}${operation.kind === 'put' ? ` ${operation.value}` : ''}`;

/** What all nodes together hold of `key` in the end. */
function finalObject({ replicas }: Run, key: string): StoredObject {
  return [...replicas.values()].reduce((all, { objects }) => merged(all, objects[key] ?? NOTHING), NOTHING);
}

/** What is only a tombstone may be forgotten at one node and not yet at another. */
const living = (object: StoredObject | undefined): string =>
  object === undefined || object.versions.every(({ value }) => value === null) ? 'nothing' : summary(object);

/** In the end the nodes of each preference list hold the same, and nobody holds anything for another. */
export const convergence: Claim = {
  name: 'replicas converge after healing',
  check(run): CheckResult {
    const ring = new Ring([...run.replicas.keys()]);
    const keys = [...new Set([...run.replicas.values()].flatMap(({ objects }) => Object.keys(objects)))].sort();
    const seen = { keys: keys.length, hints: 0 };
    for (const [node, { hints }] of run.replicas) {
      if (hints === 0) continue;
      const explanation = `Long after healing ${node} still holds ${hints} hints.`;
      return { verdict: 'invalid', violation: { rule: 'hints are left', explanation, operations: [] }, seen };
    }
    for (const key of keys) {
      const copies = ring
        .preferenceList(key)
        .map((node) => [node, living(run.replicas.get(node)?.objects[key])] as const);
      const result = checkConvergence(new Map(copies));
      if (result.verdict === 'invalid')
        return {
          ...result,
          violation: { ...result.violation, explanation: `Copies of ${key} differ. ${result.violation.explanation}` },
        };
    }
    return keys.length > 0 ? { verdict: 'valid', seen } : { verdict: 'unknown', reason: 'nothing was stored', seen };
  },
};

/** An acknowledged value is among the siblings in the end, unless somebody replaced it who had read it. */
export const noAcknowledgedWriteLost: Claim = {
  name: 'no acknowledged write is lost',
  check(run): CheckResult {
    const { writes } = evidenceOf(run);
    const acknowledged = writes.filter(({ dot, value }) => dot !== undefined && value !== null);
    let [siblings, replaced] = [0, 0];
    for (const write of acknowledged) {
      const { versions } = finalObject(run, write.key);
      if (versions.some(({ dot, value }) => dot === write.dot && value === write.value)) siblings++;
      else if (writes.some((other) => replaces(other, write))) replaced++;
      else {
        const explanation =
          `${say(write)} was acknowledged as ${write.dot}, and no client that had read it wrote after it, but in the end ` +
          `the values of ${write.key} are ${versions.map(({ value }) => String(value)).join(', ') || 'none'}.`;
        return {
          verdict: 'invalid',
          violation: { rule: 'acknowledged write lost', explanation, operations: [write.recorded.index] },
          seen: { acknowledged: acknowledged.length },
        };
      }
    }
    const seen = { acknowledged: acknowledged.length, siblings, replaced };
    if (acknowledged.length > 0) return { verdict: 'valid', seen };
    return { verdict: 'unknown', reason: 'no write was acknowledged', seen };
  },
};

/** What an acknowledged delete had seen is not there in the end. */
export const noResurrection: Claim = {
  name: 'what was deleted does not come back',
  check(run): CheckResult {
    const deletes = evidenceOf(run).writes.filter(
      ({ value, dot, follows }) => value === null && dot !== undefined && dotsOf(follows).length > 0,
    );
    const seen = { deletes: deletes.length };
    for (const one of deletes) {
      const back = finalObject(run, one.key).versions.find(
        ({ dot, value }) => value !== null && hasSeen(one.follows, dot),
      );
      if (back === undefined) continue;
      const explanation = `${say(one)} was acknowledged and had seen ${String(back.value)}, which is there in the end.`;
      const operations = [one.recorded.index];
      return { verdict: 'invalid', violation: { rule: 'resurrection', explanation, operations }, seen };
    }
    if (deletes.length > 0) return { verdict: 'valid', seen };
    return { verdict: 'unknown', reason: 'nothing that had been read was deleted', seen };
  },
};

/** How many reads lacked something that was acknowledged, or read by anybody, before they began. */
function staleReads(run: Run): {
  readonly reads: number;
  readonly stale: readonly string[];
  readonly operations: readonly number[];
} {
  const { writes, reads } = evidenceOf(run);
  const stale: string[] = [];
  /** Names are unique for a key only. */
  const isLive = (key: string, dot: Dot): boolean =>
    reads.some((one) => one.key === key && one.found.siblings.some((sibling) => sibling.dot === dot)) ||
    writes.some((one) => one.key === key && one.dot === dot && one.value !== null);
  /** What somebody deleted may be forgotten, deletion and all; and what nobody knows may be a deletion. */
  const deleted = (key: string, dot: Dot): boolean =>
    !isLive(key, dot) || writes.some((one) => one.key === key && one.value === null && hasSeen(one.follows, dot));
  let operations: readonly number[] = [];
  for (const read of reads) {
    const precedes = ({ recorded }: { readonly recorded: RecordedOperation<Operation> }): boolean =>
      recorded.returnIndex !== null && recorded.returnIndex < read.recorded.index;
    const missed = writes.find(
      (one) =>
        one.key === read.key &&
        one.dot !== undefined &&
        precedes(one) &&
        !hasSeen(read.found.seen, one.dot) &&
        !deleted(one.key, one.dot),
    );
    const newer =
      missed === undefined
        ? reads.find(
            (one) =>
              one.key === read.key &&
              precedes(one) &&
              !includesContext(read.found.seen, one.found.seen) &&
              dotsOf(one.found.seen).some((dot) => !hasSeen(read.found.seen, dot) && !deleted(one.key, dot)),
          )
        : undefined;
    const other = missed ?? newer;
    if (other === undefined) continue;
    if (stale.length === 0) operations = [other.recorded.index, read.recorded.index];
    stale.push(
      `get ${read.key} by process ${read.recorded.process} had not seen what ` +
        (missed === undefined
          ? `an earlier get by process ${other.recorded.process} had`
          : `${say(missed)} had written before`),
    );
  }
  return { reads: reads.length, stale, operations };
}

/** Quorums meet: a read has seen all that was acknowledged or read before it began. */
export const readsSeeWhatWasSeen: Claim = {
  name: 'a read has seen all that was written or read before it',
  check(run): CheckResult {
    const { reads, stale, operations } = staleReads(run);
    const seen = { reads, stale: stale.length };
    const [explanation] = stale;
    if (explanation !== undefined)
      return {
        verdict: 'invalid',
        violation: { rule: 'stale read', explanation: `${explanation}.`, operations },
        seen,
      };
    return reads > 0 ? { verdict: 'valid', seen } : { verdict: 'unknown', reason: 'nothing was read', seen };
  },
};

/** Sloppy quorums need not meet: how often they did not is measured, and only what nobody wrote is flagged. */
export const stalenessMeasured: Claim = {
  name: 'a read shows only what was written',
  check(run): CheckResult {
    const { writes, reads } = evidenceOf(run);
    const { stale } = staleReads(run);
    const seen = { reads: reads.length, stale: stale.length };
    for (const { key, found, recorded } of reads)
      for (const { value } of found.siblings) {
        if (writes.some((one) => one.key === key && one.value === value)) continue;
        const explanation = `get ${key} returned ${value}, which nobody has written there.`;
        return {
          verdict: 'invalid',
          violation: { rule: 'read of what nobody wrote', explanation, operations: [recorded.index] },
          seen,
        };
      }
    return reads.length > 0 ? { verdict: 'valid', seen } : { verdict: 'unknown', reason: 'nothing was read', seen };
  },
};
