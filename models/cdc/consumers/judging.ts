/** How the properties say what they found, and the frame of those that compare a node with the log of the source. */
import { equal, firstDifference, type CheckResult, type Property, type Seen } from '../../../framework/index.js';
import { oncePer } from '../once-per.js';
import { committedBeforeProbes, heldBy, type Evidence, type Holding } from './evidence.js';
import type { Operation } from './messages.js';
import { DATABASE } from './nodes.js';
import { committedIn, type Committed } from './oracle.js';

export type ConsumersProperty = Property<Operation, Holding>;

export const unknown = (reason: string, seen: Seen = {}): CheckResult => ({ verdict: 'unknown', reason, seen });

export const broken = (rule: string, explanation: string, seen: Seen = {}): CheckResult => ({
  verdict: 'invalid',
  violation: { rule, explanation, operations: [] },
  seen,
});

/** The transactions of the run, from the database's log; worked out once, though many properties ask. */
export function logOf({ replicas }: Evidence): readonly Committed[] | undefined {
  const held = heldBy(replicas, DATABASE, 'database');
  return held === undefined ? undefined : committed(held.log);
}

const committed = oncePer(committedIn);

/** A property over the log of the source and what one node held. It proves something if there were transactions. */
export function sinkProperty<K extends Holding['kind']>(
  name: string,
  node: string,
  kind: K,
  judge: (
    held: Extract<Holding, { kind: K }>,
    log: readonly Committed[],
    seen: Record<string, number>,
  ) => CheckResult | null,
): ConsumersProperty {
  return {
    name,
    check(run: Evidence): CheckResult {
      const log = logOf(run);
      const held = heldBy(run.replicas, node, kind);
      if (log === undefined || held === undefined) return unknown(`${node} or the database was not inspected`);
      const seen: Record<string, number> = { transactions: committedBeforeProbes(run, log) };
      const breach = judge(held, log, seen);
      if (breach !== null) return breach;
      return (seen['transactions'] ?? 0) > 0 ? { verdict: 'valid', seen } : unknown('nothing was committed', seen);
    },
  };
}

/** Whether a sink is what it should be, and where it is not. */
export const differs = (
  rule: string,
  what: string,
  held: unknown,
  expected: unknown,
  seen: Seen,
): CheckResult | null => {
  if (equal(held, expected)) return null;
  const difference = firstDifference(held, expected);
  return broken(
    rule,
    `${what} differs from what the log of the source makes of it: ${JSON.stringify(difference)}.`,
    seen,
  );
};
