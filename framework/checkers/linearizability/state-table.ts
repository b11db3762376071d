/** States as small integers: equal states have the same number, and are kept once. */
import { hashValue } from '../../kernel/hash.js';
import { equal } from '../equal.js';
import type { Spec } from '../spec.js';

export type StateComparison<State> = Pick<Spec<State, never>, 'equal' | 'hash'>;

export const sameState = <State>(compare: StateComparison<State>, one: State, other: State): boolean =>
  compare.equal?.(one, other) ?? equal(one, other);

export class StateTable<State> {
  readonly values: State[] = [];
  private readonly primitives = new Map<unknown, number>();
  private readonly byHash = new Map<number, number[]>();
  private readonly compare: StateComparison<State>;

  /** `compare` is a specification that may know better than JSON what equal states are. */
  constructor(compare: StateComparison<State> = {}) {
    this.compare = compare;
  }

  /** The number of `state`. */
  intern(state: State): number {
    const { compare } = this;
    if (compare.equal === undefined && (typeof state !== 'object' || state === null)) {
      const known = this.primitives.get(state);
      if (known !== undefined) return known;
      this.primitives.set(state, this.values.length);
      return this.values.push(state) - 1;
    }
    const hash = compare.hash?.(state) ?? (compare.equal === undefined ? hashValue(state) : 0);
    const bucket = this.byHash.get(hash);
    for (const id of bucket ?? []) if (sameState(compare, this.values[id] as State, state)) return id;
    const id = this.values.push(state) - 1;
    if (bucket === undefined) this.byHash.set(hash, [id]);
    else bucket.push(id);
    return id;
  }
}
