/**
 * Linearizability: every operation seems to take effect at one instant between its call and its return (M. Herlihy,
 * J. Wing, "Linearizability", TOPLAS 12(3), 1990). Keys are judged one by one where the spec says that they may be.
 */
import type { AnyOperation, History } from '../history/entry.js';
import { formatTime } from '../kernel/time.js';
import { explainIllegal } from './linearizability-explanation.js';
import { groupByKey, type Group } from './linearization-groups.js';
import { searchLinearization } from './linearization-search.js';
import type { Spec } from './spec.js';
import type { CheckResult } from './verdict.js';

export interface LinearizabilityOptions {
  /** The most configurations (sets of operations done, with the state reached) visited per key. Default: 200,000. */
  readonly configurationsMax?: number;
}

const CONFIGURATIONS_MAX = 200_000;

/**
 * Judges `history` by `spec`. Failed operations are left out. Those whose outcome is unknown, and those still open, may
 * have taken effect at any time after their call, with any result, or never.
 *
 * - `valid`: an order was found for every key.
 * - `invalid`: for some key there is none. The operations named are illegal by themselves, whatever the others did.
 * - `unknown`: the bound was reached, or no operation told anything of the object's state.
 *
 * Throws when the history is not well-formed. Entries are taken in their order: a completion recorded before an
 * invocation precedes it. Time is exponential in the number of overlapping operations at worst, and bounded.
 */
export function checkLinearizability<State, O extends AnyOperation>(
  history: History<O>,
  spec: Spec<State, O>,
  options: LinearizabilityOptions = {},
): CheckResult {
  const { configurationsMax = CONFIGURATIONS_MAX } = options;
  const { groups, seen } = groupByKey(history, spec);
  const undecided: string[] = [];
  for (const group of groups) {
    const search = searchLinearization(group, spec, configurationsMax);
    switch (search.kind) {
      case 'legal':
        break;
      case 'illegal': {
        const violation = explainIllegal(group, spec, search);
        return { verdict: 'invalid', violation, seen };
      }
      case 'exhausted': {
        const blocked = group.operations[(group.events[search.stuckAt] ?? -1) >> 1];
        const known =
          blocked === undefined
            ? 'nothing was established'
            : `a legal order was found for all that had returned before ${formatTime(blocked.recorded.returnedAt ?? 0)}`;
        undecided.push(
          `${group.key === undefined ? 'the search' : `the search for key ${group.key}`} was given up after ` +
            `${configurationsMax} configurations: ${known}; raise configurationsMax, or use more keys or fewer clients`,
        );
      }
    }
  }
  if (undecided.length > 0) {
    const rest = groups.length - undecided.length;
    const others = rest > 0 ? `; the other ${rest} of ${groups.length} keys are linearizable` : '';
    return { verdict: 'unknown', reason: undecided.join('; ') + others, seen };
  }
  if (!groups.some((group) => observes(group, spec)))
    return {
      verdict: 'unknown',
      reason: 'nothing was observed: no operation that depends on the state returned',
      seen,
    };
  return { verdict: 'valid', seen };
}

/** True when some completed operation told something: it returned more than nil, or it is a read that returned nil. */
function observes<State, O extends AnyOperation>({ operations }: Group<O>, spec: Spec<State, O>): boolean {
  const completed = operations.filter(({ certainty }) => certainty === 'completed');
  if (completed.some(({ result }) => result !== null)) return true;
  if (spec.readOnly !== undefined) return completed.some(({ operation }) => spec.readOnly?.(operation) === true);
  // What changes no state that it is tried in is taken for a read.
  const states = [spec.initial, ...operations.map(({ operation }) => spec.step(spec.initial, operation).state)];
  return completed.some(({ operation }) =>
    states.every((state) => Object.is(spec.step(state, operation).state, state)),
  );
}
