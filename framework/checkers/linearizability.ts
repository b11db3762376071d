/**
 * Linearizability: every operation seems to take effect at one instant between its call and its return (M. Herlihy,
 * J. Wing, "Linearizability", TOPLAS 12(3), 1990). Keys are judged one by one where the spec says that they may be.
 */
import type { AnyOperation, History } from '../history/entry.js';
import { formatTime } from '../kernel/time.js';
import { keepEvidence } from './linearizability/evidence.js';
import { explainIllegal, type LinearizabilityViolation } from './linearizability/explanation.js';
import { groupByKey, type Group } from './linearizability/groups.js';
import { decideKey, type Decision, type LinearizabilityMethod } from './linearizability/decision.js';
import type { FrontierBounds } from './linearizability/frontier-search.js';
import { sameState } from './linearizability/state-table.js';
import type { Spec } from './spec.js';
import type { CheckResult, Seen } from './verdict.js';

export interface LinearizabilityOptions {
  /**
   * The most configurations (open operations done, and the state) tried for one key: bounds the time. Default: 300 million,
   * which takes seconds to a minute.
   */
  readonly configurationsMax?: number;
  /** The most configurations kept at once: bounds the memory, of which each takes about 50 bytes. Default: 10⁷. */
  readonly frontierMax?: number;
}

export type LinearizabilityResult = (
  | Exclude<CheckResult, { readonly verdict: 'invalid' }>
  | { readonly verdict: 'invalid'; readonly violation: LinearizabilityViolation; readonly seen: Seen }
) & {
  /** For how many keys each method was used. */
  readonly methods: Readonly<Partial<Record<LinearizabilityMethod, number>>>;
};

export const NOTHING_OBSERVED = 'nothing was observed: no operation that depends on the state returned';

const CONFIGURATIONS_MAX = 300_000_000;
const FRONTIER_MAX = 10_000_000;

/**
 * Judges `history` by `spec`. Failed operations are left out. Those whose outcome is unknown, and those still open, may
 * have taken effect at any time after their call, with any result, or never.
 *
 * - `valid`: an order was found for every key.
 * - `invalid`: for some key there is none. The operations named are illegal by themselves, whatever the others did.
 * - `unknown`: a bound was reached, or no operation told anything of the object's state.
 *
 * Throws when the history is not well-formed. Entries are taken in their order: a completion recorded before an
 * invocation precedes it. Time is exponential in the number of overlapping operations at worst, and bounded.
 */
export function checkLinearizability<State, O extends AnyOperation>(
  history: History<O>,
  spec: Spec<State, O>,
  options: LinearizabilityOptions = {},
): LinearizabilityResult {
  const divided = groupByKey(history, spec);
  const bounds = boundsOf(options);
  const decisions: Decision[] = [];
  for (const group of divided.groups) {
    const decision = decideKey(group, spec, bounds);
    decisions.push(decision);
    if (decision.outcome.kind === 'illegal') break;
  }
  const result = conclude(divided, spec, decisions);
  if (result.verdict === 'invalid') keepEvidence(result.violation, history, spec);
  return result;
}

export const boundsOf = ({
  configurationsMax = CONFIGURATIONS_MAX,
  frontierMax = FRONTIER_MAX,
}: LinearizabilityOptions): FrontierBounds => ({ configurationsMax, frontierMax });

/** The verdict on a whole history from the decisions about its keys, in their order, up to the first illegal one. */
export function conclude<State, O extends AnyOperation>(
  { groups, seen }: ReturnType<typeof groupByKey<State, O>>,
  spec: Spec<State, O>,
  decisions: readonly Decision[],
): LinearizabilityResult {
  const methods: Partial<Record<LinearizabilityMethod, number>> = {};
  const undecided: string[] = [];
  for (const [place, { method, outcome }] of decisions.entries()) {
    const group = groups[place];
    if (group === undefined) continue;
    methods[method] = (methods[method] ?? 0) + 1;
    if (outcome.kind === 'illegal')
      return { verdict: 'invalid', violation: explainIllegal(group, spec, outcome.stuckAt), seen, methods };
    if (outcome.kind === 'exhausted') undecided.push(tellUndecided(group, outcome));
  }
  if (undecided.length > 0) {
    const rest = groups.length - undecided.length;
    const others =
      rest === 0 ? '' : rest === 1 ? '; the other key is linearizable' : `; the other ${rest} keys are linearizable`;
    return { verdict: 'unknown', reason: undecided.join('; ') + others, seen, methods };
  }
  if (groups.some((group) => observes(group, spec))) return { verdict: 'valid', seen, methods };
  return { verdict: 'unknown', reason: NOTHING_OBSERVED, seen, methods };
}

function tellUndecided<O extends AnyOperation>(
  group: Group<O>,
  { stuckAt, configurations }: Extract<Decision['outcome'], { readonly kind: 'exhausted' }>,
): string {
  const blocked = group.operations[(group.events[stuckAt] ?? -1) >> 1]?.recorded;
  const returned = group.events.slice(0, stuckAt).filter((event) => (event & 1) === 1).length;
  return (
    `${group.key === undefined ? 'the search' : `the search for key ${group.key}`} was given up after ` +
    `${configurations} configurations: a legal order was found for ` +
    `${returned === 1 ? 'the operation' : `the ${returned} operations`} that had returned before ` +
    `${formatTime(blocked?.returnedAt ?? 0)}; raise configurationsMax or frontierMax, or use more keys or fewer clients`
  );
}

/** True when some completed operation told something: it returned more than nil, or it is a read that returned nil. */
function observes<State, O extends AnyOperation>({ operations }: Group<O>, spec: Spec<State, O>): boolean {
  const completed = operations.filter(({ certainty }) => certainty === 'completed');
  if (completed.some(({ result }) => result !== null)) return true;
  if (spec.readOnly !== undefined) return completed.some(({ operation }) => spec.readOnly?.(operation) === true);
  // What changes no state that it is tried in is taken for a read.
  const states = [spec.initial, ...operations.map(({ operation }) => spec.step(spec.initial, operation).state)];
  return completed.some(({ operation }) =>
    states.every((state) => sameState(spec, spec.step(state, operation).state, state)),
  );
}
