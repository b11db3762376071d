/** What must come before what, and why: a graph over operations or transactions, and the cycles in it. */

/** `to` comes after `from`. */
export interface Edge<Reason> {
  readonly from: number;
  readonly to: number;
  /** A bit, so that a set of kinds is a number. */
  readonly kind: number;
  readonly reason: Reason;
}

/** From how many nodes the shortest cycle of a component is looked for: more find none that is much shorter. */
const STARTS_MAX = 200;

export class DependencyGraph<Reason> {
  readonly edges: Edge<Reason>[] = [];
  private readonly outgoing: number[][];

  constructor(nodes: number) {
    this.outgoing = Array.from({ length: nodes }, () => []);
  }

  add(from: number, to: number, kind: number, reason: Reason): void {
    if (from === to) return;
    this.outgoing[from]?.push(this.edges.length);
    this.edges.push({ from, to, kind, reason });
  }

  /** Whether there is any cycle over edges of `kinds`. O(nodes + edges). */
  isCyclic(kinds: number): boolean {
    const component = this.components(kinds);
    return this.edges.some(({ from, to, kind }) => (kind & kinds) !== 0 && component[from] === component[to]);
  }

  /**
   * A shortest cycle found over edges of `kinds`, of which exactly one is of kind `once` if that is given; undefined if
   * there is none. O(nodes + edges) for the components, and a search from a bounded number of places in each.
   */
  cycle(kinds: number, once = 0): readonly Edge<Reason>[] | undefined {
    const component = this.components(kinds | once);
    let best: readonly Edge<Reason>[] | undefined;
    const consider = (found: readonly Edge<Reason>[] | undefined): void => {
      if (found !== undefined && (best === undefined || found.length < best.length)) best = found;
    };
    let starts = 0;
    const started = new Map<number, number>();
    for (const edge of this.edges) {
      const inside = component[edge.from];
      if (inside === undefined || inside !== component[edge.to]) continue;
      if (once !== 0 ? edge.kind !== once : (edge.kind & kinds) === 0) continue;
      const tried = started.get(inside) ?? 0;
      if (tried >= STARTS_MAX && best !== undefined) continue;
      started.set(inside, tried + 1);
      starts++;
      const back = this.path(edge.to, edge.from, kinds, (node) => component[node] === inside);
      if (back !== undefined) consider([edge, ...back]);
      if (best?.length === 2 || starts > 100 * STARTS_MAX) break;
    }
    return best;
  }

  /** A shortest cycle found over edges of `kinds` and of kind `apart`, of which no two follow one another. */
  cycleApart(kinds: number, apart: number): readonly Edge<Reason>[] | undefined {
    // Each node twice: as reached by one of the others, and as reached by one of `apart`, from where none of those leads on.
    const reached = new DependencyGraph<Edge<Reason>>(2 * this.outgoing.length);
    const component = this.components(kinds | apart);
    for (const edge of this.edges) {
      const { from, to, kind } = edge;
      if (component[from] !== component[to]) continue;
      if (kind === apart) reached.add(2 * from, 2 * to + 1, kind, edge);
      else if ((kind & kinds) !== 0) for (const by of [0, 1]) reached.add(2 * from + by, 2 * to, kind, edge);
    }
    return reached.cycle(kinds | apart)?.map(({ reason }) => reason);
  }

  /** A shortest path over edges of `kinds` and nodes that are `within`, by breadth-first search. */
  path(
    from: number,
    to: number,
    kinds: number,
    within: (node: number) => boolean = () => true,
  ): readonly Edge<Reason>[] | undefined {
    const cameBy = new Map<number, Edge<Reason> | undefined>([[from, undefined]]);
    const queue = [from];
    for (let head = 0; head < queue.length; head++) {
      const node = queue[head] as number;
      if (node === to) break;
      for (const id of this.outgoing[node] ?? []) {
        const edge = this.edges[id] as Edge<Reason>;
        if ((edge.kind & kinds) === 0 || cameBy.has(edge.to) || !within(edge.to)) continue;
        cameBy.set(edge.to, edge);
        queue.push(edge.to);
      }
    }
    if (!cameBy.has(to)) return undefined;
    const path: Edge<Reason>[] = [];
    for (let edge = cameBy.get(to); edge !== undefined; edge = cameBy.get(edge.from)) path.push(edge);
    return path.reverse();
  }

  /** The strongly connected component of each node over edges of `kinds` (R. Tarjan, 1972), without recursion. */
  private components(kinds: number): Int32Array {
    const nodes = this.outgoing.length;
    const component = new Int32Array(nodes).fill(-1);
    const order = new Int32Array(nodes).fill(-1);
    const low = new Int32Array(nodes);
    const position = new Int32Array(nodes);
    const open: number[] = [];
    const path: number[] = [];
    let visited = 0;
    for (let root = 0; root < nodes; root++) {
      if (order[root] !== -1) continue;
      path.push(root);
      while (path.length > 0) {
        const node = path.at(-1) as number;
        if (order[node] === -1) {
          order[node] = low[node] = visited++;
          open.push(node);
        }
        const edges = this.outgoing[node] as readonly number[];
        let descended = false;
        while ((position[node] as number) < edges.length) {
          const { to, kind } = this.edges[edges[position[node] as number] as number] as Edge<Reason>;
          if ((kind & kinds) !== 0 && component[to] === -1) {
            if (order[to] === -1) {
              path.push(to);
              descended = true;
              break;
            }
            low[node] = Math.min(low[node] as number, low[to] as number);
          }
          position[node] = (position[node] as number) + 1;
        }
        if (descended) continue;
        path.pop();
        if (low[node] !== order[node]) continue;
        for (let member = open.pop(); member !== undefined; member = open.pop()) {
          component[member] = node;
          if (member === node) break;
        }
      }
    }
    return component;
  }
}
