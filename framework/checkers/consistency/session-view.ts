/**
 * What one session saw: an order of all writes it was shown, and its own reads among them, in which each read returns the
 * last write of its key. Such an order exists if and only if what the reads tell of it closes no cycle: a write that is
 * visible to a read comes before the write that the read returned (Bouajjani et al. 2017, §5: the relation HB of an
 * operation, there for causal memory; the same with fewer orders of sessions gives PRAM and the session guarantees).
 */
import { INITIAL, type Accesses } from './accesses.js';
import type { Inferred, PromisedOrder } from './session-order.js';

export interface SessionView {
  readonly inferred: readonly Inferred[];
  /** A read that returned the initial value although a write of its key was visible to it. */
  readonly initialRead: number | undefined;
}

const NEVER = 0x7fff_ffff;

/**
 * What the reads of `session` tell. That is an order too, and shows more writes to earlier reads, which tell more, until
 * nothing changes. O(n log n) times the rounds, which are few.
 */
export function viewOf(all: Accesses, order: PromisedOrder, session: readonly number[]): SessionView {
  return new View(all, order, session).complete();
}

class View {
  private readonly all: Accesses;
  private readonly order: PromisedOrder;
  private readonly reads: readonly number[];
  /** Of each node the first read of the session, by its place in `reads`, that it is visible to. */
  private readonly shownTo: Int32Array;
  private readonly readsByKey = new Map<number, number[]>();
  private readonly own = new Set<number>();
  private readonly waiting = new Set<number>();
  private readonly inferred: Inferred[] = [];

  constructor(all: Accesses, order: PromisedOrder, session: readonly number[]) {
    this.all = all;
    this.order = order;
    this.reads = session.filter((id) => all.accesses[id]?.isWrite === false);
    this.shownTo = new Int32Array(order.before.length).fill(NEVER);
    for (const [place, id] of this.reads.entries()) {
      this.own.add(id);
      const key = all.accesses[id]?.key ?? 0;
      const ofKey = this.readsByKey.get(key);
      if (ofKey === undefined) this.readsByKey.set(key, [place]);
      else ofKey.push(place);
    }
  }

  complete(): SessionView {
    for (const [place, id] of this.reads.entries()) {
      this.shownTo[id] = place;
      for (const node of this.order.before[id] ?? []) this.show(node, place);
    }
    for (const key of this.readsByKey.keys()) this.waiting.add(key);
    for (const key of this.waiting) {
      this.waiting.delete(key);
      const initialRead = this.infer(key);
      if (initialRead !== undefined) return { inferred: this.inferred, initialRead };
    }
    return { inferred: this.inferred, initialRead: undefined };
  }

  /** `node`, and all that is before it, is visible to the session's reads from `place` on. */
  private show(node: number, place: number): void {
    const { accesses } = this.all;
    const stack = [node];
    for (let top = stack.pop(); top !== undefined; top = stack.pop()) {
      if ((this.shownTo[top] as number) <= place || this.own.has(top)) continue;
      this.shownTo[top] = place;
      const access = accesses[top];
      if (access?.isWrite === true && this.readsByKey.has(access.key)) this.waiting.add(access.key);
      for (const earlier of this.order.before[top] ?? []) stack.push(earlier);
    }
  }

  /** What the reads of `key` tell: of the writes shown since the last one, and its source, each is before the next source. */
  private infer(key: number): number | undefined {
    const { all, shownTo } = this;
    const shown = (all.writes[key] ?? []).filter((id) => shownTo[id] !== NEVER);
    shown.sort((one, other) => (shownTo[one] as number) - (shownTo[other] as number) || one - other);
    let next = 0;
    let last = INITIAL;
    for (const place of this.readsByKey.get(key) ?? []) {
      const read = this.reads[place] as number;
      const source = all.accesses[read]?.source ?? INITIAL;
      const since = next;
      while (next < shown.length && (shownTo[shown[next] as number] as number) <= place) next++;
      if (source === INITIAL) {
        if (next > 0) return read;
        continue;
      }
      if (last !== INITIAL) this.put(last, source, read);
      for (let at = since; at < next; at++) this.put(shown[at] as number, source, read);
      last = source;
    }
    return undefined;
  }

  private put(write: number, source: number, read: number): void {
    if (write === source) return;
    this.inferred.push({ write, source, read });
    this.show(write, this.shownTo[source] as number);
  }
}
