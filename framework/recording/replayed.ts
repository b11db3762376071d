/** Something that changes along a run, to be had at every moment: changes are applied from the nearest value that is known. */

/** So many changes are applied at most, once the way to a moment has been gone. */
const CHECKPOINT_EVERY = 32;

export class Replayed<Value, Change> {
  private readonly apply: (value: Value, change: Change) => Value;
  private readonly moments: number[] = [];
  private readonly changes: Change[] = [];
  /** Values before every `CHECKPOINT_EVERY`th change, as far as they are known. */
  private readonly checkpoints: Value[];
  /** The value that was asked for last, and how many changes led to it: the next one is often near, and shares most of it. */
  private last: { readonly count: number; readonly value: Value } | undefined;

  /** `apply` returns a new value, which may share whatever did not change. */
  constructor(initial: Value, apply: (value: Value, change: Change) => Value) {
    this.checkpoints = [initial];
    this.apply = apply;
  }

  /** Moments must not decrease. */
  add(moment: number, change: Change): void {
    this.moments.push(moment);
    this.changes.push(change);
  }

  /** The value when moment `moment` is over. */
  at(moment: number): Value {
    const count = this.countUpTo(moment);
    const wanted = Math.floor(count / CHECKPOINT_EVERY);
    let known = Math.min(wanted, this.checkpoints.length - 1);
    let value = this.checkpoints[known] as Value;
    for (; known < wanted; known++) {
      value = this.replay(value, known * CHECKPOINT_EVERY, (known + 1) * CHECKPOINT_EVERY);
      this.checkpoints.push(value);
    }
    let start = known * CHECKPOINT_EVERY;
    if (this.last !== undefined && this.last.count >= start && this.last.count <= count)
      ({ count: start, value } = this.last);
    value = this.replay(value, start, count);
    this.last = { count, value };
    return value;
  }

  /** What changed in moment `moment`. */
  changesIn(moment: number): readonly Change[] {
    return this.changes.slice(this.countUpTo(moment - 1), this.countUpTo(moment));
  }

  /** The last moment before `moment` in which it changed, or the first one after it; undefined if there is none. */
  neighbour(moment: number, direction: 'before' | 'after'): number | undefined {
    return direction === 'before' ? this.moments[this.countUpTo(moment - 1) - 1] : this.moments[this.countUpTo(moment)];
  }

  /** As `neighbour`, of the changes that `concerns` accepts. O(changes). */
  neighbourOf(
    moment: number,
    direction: 'before' | 'after',
    concerns: (change: Change) => boolean,
  ): number | undefined {
    const step = direction === 'before' ? -1 : 1;
    let index = direction === 'before' ? this.countUpTo(moment - 1) - 1 : this.countUpTo(moment);
    while (index >= 0 && index < this.changes.length && !concerns(this.changes[index] as Change)) index += step;
    return this.moments[index];
  }

  private replay(from: Value, start: number, end: number): Value {
    let value = from;
    for (let index = start; index < end; index++) value = this.apply(value, this.changes[index] as Change);
    return value;
  }

  private countUpTo(moment: number): number {
    let [low, high] = [0, this.moments.length];
    while (low < high) {
      const middle = (low + high) >> 1;
      if ((this.moments[middle] as number) <= moment) low = middle + 1;
      else high = middle;
    }
    return low;
  }
}
