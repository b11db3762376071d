/** The decision about one key, by the method that fits it. */
import type { AnyOperation } from '../../history/entry.js';
import type { Spec } from '../spec.js';
import { searchFrontier, type FrontierBounds } from './frontier-search.js';
import type { Problem } from './problem.js';
import { asUniqueWrites, firstIllegalReturn } from './unique-writes.js';

/** How keys are decided: registers that no value was written to twice by their zones, others by a search. */
export type LinearizabilityMethod = 'unique writes' | 'frontier search';

/** Plain data, so that it can come from another thread. */
export interface Decision {
  readonly method: LinearizabilityMethod;
  readonly outcome:
    | { readonly kind: 'legal'; readonly configurations: number }
    | { readonly kind: 'illegal'; readonly stuckAt: number }
    | { readonly kind: 'exhausted'; readonly stuckAt: number; readonly configurations: number };
}

export function decideKey<State, O extends AnyOperation>(
  problem: Problem<O>,
  spec: Spec<State, O>,
  bounds: FrontierBounds,
): Decision {
  const writes = asUniqueWrites(problem, spec);
  if (writes !== undefined) {
    const stuckAt = firstIllegalReturn(problem, writes);
    const outcome =
      stuckAt === undefined ? ({ kind: 'legal', configurations: 0 } as const) : ({ kind: 'illegal', stuckAt } as const);
    return { method: 'unique writes', outcome };
  }
  const search = searchFrontier(problem, spec, bounds);
  const { kind, configurations } = search;
  const method = 'frontier search';
  if (kind === 'legal') return { method, outcome: { kind, configurations } };
  const { stuckAt } = search;
  return { method, outcome: kind === 'illegal' ? { kind, stuckAt } : { kind, stuckAt, configurations } };
}
