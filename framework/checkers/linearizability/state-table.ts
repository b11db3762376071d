/** States as small integers: equal states have the same number, and are kept once. */
import { hashValue } from '../../kernel/hash.js';
import { equal } from '../equal.js';

export class StateTable<State> {
  readonly values: State[] = [];
  private readonly primitives = new Map<unknown, number>();
  private readonly byHash = new Map<number, number[]>();

  /** The number of `state`. */
  intern(state: State): number {
    if (typeof state !== 'object' || state === null) {
      const known = this.primitives.get(state);
      if (known !== undefined) return known;
      this.primitives.set(state, this.values.length);
      return this.values.push(state) - 1;
    }
    const hash = hashValue(state);
    const bucket = this.byHash.get(hash);
    for (const id of bucket ?? []) if (equal(this.values[id], state)) return id;
    const id = this.values.push(state) - 1;
    if (bucket === undefined) this.byHash.set(hash, [id]);
    else bucket.push(id);
    return id;
  }
}
