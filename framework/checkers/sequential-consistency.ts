/**
 * Sequential consistency: some interleaving of the processes explains every answer, whenever the operations really took
 * place (L. Lamport, "How to make a multiprocessor computer that correctly executes multiprocess programs", IEEE ToC
 * C-28(9), 1979). Deciding it is NP-complete even where every read tells its write (Gibbons and Korach 1997), and keys cannot
 * be judged one by one, so the search is bounded; what is decided without it is tried first.
 */
import type { AnyOperation, History } from '../history/entry.js';
import { operationsOf, type RecordedOperation } from '../history/operations.js';
import { describeOperation, describeRecorded, printAnswered } from '../history/vocabulary.js';
import { printWord } from '../history/notation-words.js';
import { accessesOf, type Accesses } from './consistency/accesses.js';
import type { PromisedOrder } from './consistency/session-order.js';
import { checkLinearizability, NOTHING_OBSERVED } from './linearizability.js';
import { searchInterleaving, type Interleaving, type KnownOrder } from './sequential/interleaving-search.js';
import { saturate } from './sequential/saturation.js';
import type { Spec } from './spec.js';
import type { CheckResult, Violation } from './verdict.js';

/** Bounds of the search. Reaching one is `unknown`. */
export interface SequentialConsistencyOptions {
  /** The most configurations visited: how far each process is, and the state of each key. Default: one million. */
  readonly configurationsMax?: number;
}

/**
 * How it was decided: histories that are linearizable, or whose reads contradict each other one by one, need no search for
 * an interleaving.
 */
export type SequentialConsistencyMethod = 'linearizability' | 'saturation' | 'interleavings';

/** The verdict, with how it was reached. */
export type SequentialConsistencyResult = CheckResult & { readonly method: SequentialConsistencyMethod };

const CONFIGURATIONS_MAX = 1_000_000;

/**
 * Judges `history` by `spec`. Failed operations are left out; those whose outcome is unknown happened in their place among
 * their process's, with any result, or never.
 *
 * - `valid`: an interleaving was found.
 * - `invalid`: there is none. Where reads contradict each other one by one, the rule names what they break.
 * - `unknown`: a bound was reached, or no operation told anything of the state.
 *
 * Throws when the history is not well-formed.
 */
export function checkSequentialConsistency<State, O extends AnyOperation>(
  history: History<O>,
  spec: Spec<State, O>,
  { configurationsMax = CONFIGURATIONS_MAX }: SequentialConsistencyOptions = {},
): SequentialConsistencyResult {
  const linearizable = checkLinearizability(history, spec, { configurationsMax, frontierMax: configurationsMax });
  const { seen } = linearizable;
  if (linearizable.verdict === 'valid') return { verdict: 'valid', seen, method: 'linearizability' };
  if (linearizable.verdict === 'unknown' && linearizable.reason === NOTHING_OBSERVED)
    return { verdict: 'unknown', reason: NOTHING_OBSERVED, seen, method: 'linearizability' };
  const read = accessesOf(history, spec);
  if (read.kind === 'violation') return { verdict: 'invalid', violation: read.violation, seen, method: 'saturation' };
  const saturation = read.kind === 'accesses' ? saturate(read.accesses) : undefined;
  if (saturation?.kind === 'contradiction')
    return { verdict: 'invalid', violation: saturation.violation, seen, method: 'saturation' };
  const known =
    read.kind === 'accesses' && saturation !== undefined ? knownOrder(read.accesses, saturation.order) : undefined;
  const operations = operationsOf(history).filter(
    ({ index, outcome }) => outcome.kind === 'ok' || (outcome.kind !== 'fail' && (known?.has(index) ?? true)),
  );
  const search = searchInterleaving(operations, spec, configurationsMax, known);
  const method = 'interleavings';
  switch (search.kind) {
    case 'found':
      return { verdict: 'valid', seen, method };
    case 'none':
      return { verdict: 'invalid', violation: explain(operations, spec, search), seen, method };
    case 'exhausted': {
      const reason =
        `the search was given up after ${search.configurations} configurations; the longest legal interleaving covers ` +
        `${search.longest.length} of ${operations.length} operations; raise configurationsMax`;
      return { verdict: 'unknown', reason, seen, method };
    }
  }
}

/** The saturated order, by the operations' indices in the history. */
function knownOrder({ accesses }: Accesses, { before, sorted }: PromisedOrder): KnownOrder {
  const indexOf = (id: number): number => accesses[id]?.recorded.index ?? -1;
  return new Map(
    accesses.map(({ recorded }, id) => [
      recorded.index,
      { after: (before[id] ?? []).map(indexOf), rank: sorted?.ranks[id] ?? id },
    ]),
  );
}

/** What leaving out reads one by one, to see which of them matter, may cost in configurations. */
const EXPLANATION_MAX = 1_000_000;

function explain<State, O extends AnyOperation>(
  operations: readonly RecordedOperation<O>[],
  spec: Spec<State, O>,
  found: Interleaving<O>,
): Violation {
  // Without a completed read a legal history stays legal: what is illegal without it is not that read's fault.
  let kept = operations;
  let shown = found;
  const reads = operations.filter(({ operation, outcome }) => outcome.kind === 'ok' && spec.readOnly?.(operation));
  let budget = EXPLANATION_MAX;
  for (const read of reads) {
    if (budget <= 0) break;
    const without = kept.filter((one) => one !== read);
    const search = searchInterleaving(without, spec, budget);
    budget -= search.configurations + without.length;
    if (search.kind !== 'none') continue;
    kept = without;
    shown = search;
  }
  const blocked = shown.blocked.map(({ operation, instead, overwrites }) =>
    overwrites === undefined
      ? `${describeRecorded(operation)} would have returned ${printWord(instead)}`
      : `${describeRecorded(operation)} would have overwritten what ${describeRecorded(overwrites)} had yet to read`,
  );
  const placed = shown.longest.slice(-SHOWN_MAX).map(brief);
  const longest =
    placed.length === 0
      ? 'none of them can come first'
      : `the longest legal one places ${shown.longest.length} of them (${placed.join(', ')}), and then`;
  const left = operations.length - kept.length;
  return {
    rule: 'not sequentially consistent',
    explanation:
      `no interleaving of the processes explains ${left > 0 ? `these ${kept.length}` : `the ${kept.length}`} operations` +
      `${left > 0 ? `, whatever the other ${left} returned` : ''}: ${longest}${placed.length === 0 ? ':' : ''} ${blocked.join(', and ')}.`,
    operations: kept.map(({ index }) => index),
  };
}

const SHOWN_MAX = 8;

const brief = <O extends AnyOperation>({ operation, outcome }: RecordedOperation<O>): string =>
  outcome.kind === 'ok' ? printAnswered(operation, outcome.result) : describeOperation(operation);
