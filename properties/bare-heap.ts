/** The heap of the speed bench's baselines: by (time, sequence), and nothing more. */

export interface BareScheduled {
  readonly time: number;
  readonly sequence: number;
}

export interface BareHeap<E extends BareScheduled> {
  push(event: E): void;
  pop(): E | undefined;
}

export function bareHeap<E extends BareScheduled>(): BareHeap<E> {
  const heap: E[] = [];
  const before = (one: E, other: E) =>
    one.time < other.time || (one.time === other.time && one.sequence < other.sequence);
  return {
    push(event) {
      let hole = heap.length;
      heap.push(event);
      while (hole > 0) {
        const parent = (hole - 1) >> 1;
        const above = heap[parent];
        if (above === undefined || before(above, event)) break;
        heap[hole] = above;
        hole = parent;
      }
      heap[hole] = event;
    },
    pop() {
      const first = heap[0];
      const last = heap.pop();
      if (last === undefined || heap.length === 0) return first;
      let hole = 0;
      for (;;) {
        let child = 2 * hole + 1;
        let below = heap[child];
        if (below === undefined) break;
        const right = heap[child + 1];
        if (right !== undefined && before(right, below)) {
          below = right;
          child++;
        }
        if (before(last, below)) break;
        heap[hole] = below;
        hole = child;
      }
      heap[hole] = last;
      return first;
    },
  };
}
