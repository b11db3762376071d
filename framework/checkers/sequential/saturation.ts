/**
 * What must come before what in every interleaving that explains the reads, as far as reads tell it one by one: a write
 * that is before a read comes before the write which that returned, and a read comes before the writes that overwrite what
 * it returned. What is told orders more, until nothing is new (R. Biswas, C. Enea, "On the complexity of checking
 * transactional consistency", OOPSLA 2019, for single reads and writes). A cycle proves that there is no interleaving; an
 * order without one proves nothing, but leaves little to search.
 */
import { INITIAL, type Accesses } from '../consistency/accesses.js';
import { Contradictions } from '../consistency/contradiction.js';
import {
  graphOf,
  INFERRED,
  ORDERED,
  promisedOrder,
  SESSION_GUARANTEES,
  topologicalOrder,
  type Inferred,
  type PromisedOrder,
} from '../consistency/session-order.js';
import { judgeReads } from '../consistency/visible-writes.js';
import type { Violation } from '../verdict.js';

export type Saturation =
  | { readonly kind: 'contradiction'; readonly violation: Violation }
  | { readonly kind: 'order'; readonly order: PromisedOrder };

/** Stopping early is sound: less is known. */
const ROUNDS_MAX = 20;
const EDGES_MAX = 5_000_000;

/** The saturated order of `all`. O(n²/32) for each round, of which a few suffice. */
export function saturate(all: Accesses): Saturation {
  const promised = promisedOrder(all, new Set(SESSION_GUARANTEES));
  const readers = new Map<number, number[]>();
  for (const [id, { isWrite, source, key }] of all.accesses.entries()) {
    if (isWrite) continue;
    const from = source === INITIAL ? initialOf(key) : source;
    const known = readers.get(from);
    if (known === undefined) readers.set(from, [id]);
    else known.push(id);
  }
  const inferred: Inferred[] = [];
  const known = new Set<number>();
  const contradiction = (tell: (contradictions: Contradictions, graph: ReturnType<typeof graphOf>) => Violation) => {
    const graph = graphOf(promised);
    for (const { write, source, read } of inferred) graph.add(write, source, INFERRED, read);
    return { kind: 'contradiction', violation: tell(new Contradictions(all, graph), graph) } as const;
  };
  let order = promised;
  for (let round = 0; round < ROUNDS_MAX && inferred.length < EDGES_MAX; round++) {
    const { sorted } = order;
    if (sorted === undefined)
      return contradiction((contradictions, graph) => contradictions.cycle(graph.cycle(ORDERED | INFERRED) ?? []));
    const told = judgeReads(all, order.before, sorted.nodes, { infers: true, successive: true });
    const { wrongRead } = told;
    if (wrongRead !== undefined) return contradiction((contradictions) => contradictions.wrongRead(wrongRead));
    const before = inferred.length;
    const add = (one: Inferred): void => {
      const name = one.write * all.accesses.length + one.source;
      if (known.has(name)) return;
      known.add(name);
      inferred.push(one);
    };
    for (const one of told.inferred) add(one);
    for (const [earlier, later] of told.successions) {
      const from = earlier === INITIAL ? initialOf(all.accesses[later]?.key ?? 0) : earlier;
      for (const read of readers.get(from) ?? []) add({ write: read, source: later, read });
    }
    if (inferred.length === before) break;
    order = extended(promised, inferred);
  }
  return { kind: 'order', order };
}

/** Stands for the initial value of a key where writes are expected. */
const initialOf = (key: number): number => -2 - key;

function extended({ before: promised }: PromisedOrder, inferred: readonly Inferred[]): PromisedOrder {
  const before = promised.map((earlier) => [...earlier]);
  for (const { write, source } of inferred) before[source]?.push(write);
  return { before, sorted: topologicalOrder(before) };
}
