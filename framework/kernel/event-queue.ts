/**
 * The queue of things yet to happen: a binary heap ordered by (time, sequence). The sequence number breaks ties, so the
 * order is total and the same in every run.
 */

export interface Scheduled {
  readonly time: number;
  readonly sequence: number;
}

export class EventQueue<E extends Scheduled> {
  private readonly heap: E[] = [];

  get size(): number {
    return this.heap.length;
  }

  /** O(log n). */
  push(event: E): void {
    const { heap } = this;
    const { time, sequence } = event;
    let hole = heap.length;
    heap.push(event);
    while (hole > 0) {
      const parent = (hole - 1) >> 1;
      const above = heap[parent] as E;
      if (above.time < time || (above.time === time && above.sequence < sequence)) break;
      heap[hole] = above;
      hole = parent;
    }
    heap[hole] = event;
  }

  /** The next event, or undefined when nothing is left. O(1). */
  peek(): E | undefined {
    return this.heap[0];
  }

  /** Removes and returns the next event, or undefined when nothing is left. O(log n). */
  pop(): E | undefined {
    const { heap } = this;
    const last = heap.pop();
    const first = heap[0];
    if (last === undefined || first === undefined) return last;
    const { time, sequence } = last;
    const size = heap.length;
    let hole = 0;
    for (;;) {
      let child = 2 * hole + 1;
      if (child >= size) break;
      let below = heap[child] as E;
      const right = child + 1;
      if (right < size) {
        const other = heap[right] as E;
        if (other.time < below.time || (other.time === below.time && other.sequence < below.sequence)) {
          child = right;
          below = other;
        }
      }
      if (time < below.time || (time === below.time && sequence < below.sequence)) break;
      heap[hole] = below;
      hole = child;
    }
    heap[hole] = last;
    return first;
  }
}
