/**
 * What the order of a session promises to others. Of two operations of one session, one before the other, each of the four
 * session guarantees (D. Terry et al., "Session guarantees for weakly consistent replicated data", PDIS 1994) covers the
 * pairs of one kind: a write seen by the read behind it (read your writes), a read's view kept by the next read (monotonic
 * reads), writes seen in their order (monotonic writes), and a write seen only with what its writer had read (writes
 * follow reads). Together they are the order of causality (J. Brzezinski et al., PDP 2004).
 */
import { DependencyGraph } from '../dependency-graph.js';
import type { Access, Accesses } from './accesses.js';

export const SESSION_GUARANTEES = [
  'read your writes',
  'monotonic reads',
  'monotonic writes',
  'writes follow reads',
] as const;

/** What one session is promised of its own order (Terry et al. 1994). */
export type SessionGuarantee = (typeof SESSION_GUARANTEES)[number];

/** Kinds of edges: what a session or a read orders, and what a read tells of the order of writes. */
export const ORDERED = 1;
export const INFERRED = 2;

/** The guarantee that orders `early` before `late`, two accesses of one session. */
export const guaranteeOf = (early: Access, late: Access): SessionGuarantee =>
  early.isWrite
    ? late.isWrite
      ? 'monotonic writes'
      : 'read your writes'
    : late.isWrite
      ? 'writes follow reads'
      : 'monotonic reads';

/**
 * `write` comes before `source`: `read` returned `source` although `write` was visible to it. Where `write` is the read
 * itself, `source` is a write that overwrites what it returned.
 */
export interface Inferred {
  readonly write: number;
  readonly source: number;
  readonly read: number;
}

/** An edge that a read inferred carries the place of that read; others carry none. */
export type AccessGraph = DependencyGraph<number | undefined>;

export interface PromisedOrder {
  /** For every node the nodes before it. Nodes behind the accesses gather what all writes, or reads, of a session saw. */
  readonly before: readonly (readonly number[])[];
  /** A topological order, close to that of the history, and each node's place in it; undefined when there is a cycle. */
  readonly sorted: { readonly nodes: Int32Array; readonly ranks: Int32Array } | undefined;
}

/** The order that reads show and sessions promise by `guarantees`: what is before an access must be visible to it. O(n). */
export function promisedOrder(
  { accesses, sessions }: Accesses,
  guarantees: ReadonlySet<SessionGuarantee>,
): PromisedOrder {
  const before: number[][] = accesses.map(({ source }) => (source >= 0 ? [source] : []));
  const gather = (...from: readonly (number | undefined)[]): number =>
    before.push(from.filter((node) => node !== undefined)) - 1;
  for (const session of sessions) {
    let writes: number | undefined;
    let reads: number | undefined;
    for (const id of session) {
      const isWrite = accesses[id]?.isWrite === true;
      const own = before[id];
      const promised = (guarantee: SessionGuarantee, node: number | undefined): void => {
        if (node !== undefined && guarantees.has(guarantee)) own?.push(node);
      };
      promised(isWrite ? 'monotonic writes' : 'read your writes', writes);
      promised(isWrite ? 'writes follow reads' : 'monotonic reads', reads);
      // Where a kind is no chain by itself, a node of its own gathers it for the other kind.
      if (isWrite) writes = guarantees.has('monotonic writes') ? id : gather(writes, id);
      else reads = guarantees.has('monotonic reads') ? id : gather(reads, id);
    }
  }
  return { before, sorted: topologicalOrder(before) };
}

/**
 * The nodes so that each comes after all that are before it, and otherwise in the order of their numbers as far as that
 * goes; undefined when there is a cycle. O(edges).
 */
export function topologicalOrder(before: readonly (readonly number[])[]): PromisedOrder['sorted'] {
  const nodes = new Int32Array(before.length);
  const ranks = new Int32Array(before.length);
  let end = 0;
  const acyclic = visitInOrder(
    before.keys(),
    (node) => before[node] ?? [],
    (node) => {
      ranks[node] = end;
      nodes[end++] = node;
    },
  );
  return acyclic ? { nodes, ranks } : undefined;
}

/** Visits `nodes`, and what is before them, each after all that is before it (depth first). False when there is a cycle. */
export function visitInOrder(
  nodes: Iterable<number>,
  before: (node: number) => readonly number[],
  visit: (node: number) => void,
): boolean {
  const done = new Map<number, boolean>();
  const path: { readonly node: number; readonly earlier: readonly number[]; next: number }[] = [];
  const enter = (node: number): void => {
    done.set(node, false);
    path.push({ node, earlier: before(node), next: 0 });
  };
  for (const start of nodes) {
    if (done.has(start)) continue;
    enter(start);
    for (let at = path.at(-1); at !== undefined; at = path.at(-1)) {
      const one = at.earlier[at.next++];
      if (one === undefined) {
        path.pop();
        done.set(at.node, true);
        visit(at.node);
      } else if (!done.has(one)) enter(one);
      else if (done.get(one) === false) return false;
    }
  }
  return true;
}

/** The same order as a graph, to which inferred edges can be added. */
export function graphOf({ before }: PromisedOrder): AccessGraph {
  const graph: AccessGraph = new DependencyGraph(before.length);
  for (const [node, earlier] of before.entries()) for (const one of earlier) graph.add(one, node, ORDERED, undefined);
  return graph;
}
