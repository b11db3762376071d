/**
 * Consistency weaker than linearizability: what sessions are promised where replicas answer on their own. Decided for reads
 * and writes of which none writes what another wrote; real time plays no part, only the order of each process and what
 * reads saw. Polynomial, after Bouajjani et al., "On verifying causal consistency", POPL 2017.
 */
import type { AnyOperation, History } from '../history/entry.js';
import { invariant } from '../kernel/invariant.js';
import { accessesOf, type Accesses } from './consistency/accesses.js';
import { Contradictions } from './consistency/contradiction.js';
import {
  graphOf,
  INFERRED,
  ORDERED,
  promisedOrder,
  SESSION_GUARANTEES,
  visitInOrder,
  type AccessGraph,
  type Inferred,
  type PromisedOrder,
  type SessionGuarantee,
} from './consistency/session-order.js';
import { viewOf } from './consistency/session-view.js';
import { judgeReads } from './consistency/visible-writes.js';
import type { Spec } from './spec.js';
import type { CheckResult, Violation } from './verdict.js';

/**
 * What is promised.
 *
 * - a list of session guarantees (Terry et al. 1994), judged together. Monotonic writes and writes follow reads show only
 *   in what a session reads, so promise them with monotonic reads or read your writes.
 * - `PRAM` (Lipton and Sandberg 1988): each process sees an order of all writes that keeps the order of every process.
 * - `causal consistency` (CC): each read sees all that causally precedes it.
 * - `causal memory` (CM; Ahamad et al. 1995): the same, and the reads of one process agree on an order of the writes.
 * - `causal convergence` (CCv, "causal+"): the same as CC, and all processes agree on an order of the writes.
 */
export type ConsistencyModel = readonly SessionGuarantee[] | (typeof NAMED_MODELS)[number];

export const NAMED_MODELS = ['PRAM', 'causal consistency', 'causal memory', 'causal convergence'] as const;

const PRAM: readonly SessionGuarantee[] = ['read your writes', 'monotonic reads', 'monotonic writes'];

/**
 * Judges `history` by `model`; `spec` tells keys, the initial value, and which operations read and write (`asRegister`).
 * Failed writes had no effect. Writes of unknown outcome happened if somebody saw them.
 *
 * - `invalid`: the rule names the guarantee of a session that is broken (or that reads saw what nobody wrote, that causality
 *   is cyclic, that orders conflict), the operations are those that show it.
 * - `unknown`: an operation is neither a read nor a write, a value was written twice or was there at the beginning, or no
 *   read could have been wrong.
 *
 * Throws when the history is not well-formed, or the model unknown. Time: O(n) per process for PRAM, causal memory and guarantees with monotonic
 * reads; O(n²/32) for the others.
 */
export function checkConsistency<State, O extends AnyOperation>(
  history: History<O>,
  spec: Spec<State, O>,
  model: ConsistencyModel,
): CheckResult {
  requireKnown(model);
  const read = accessesOf(history, spec);
  if (read.kind === 'undecided') return { verdict: 'unknown', reason: `${read.reason}${REMEDY}`, seen: {} };
  if (read.kind === 'violation') return { verdict: 'invalid', violation: read.violation, seen: {} };
  const all = read.accesses;
  const guarantees = new Set(typeof model !== 'string' ? model : model === 'PRAM' ? PRAM : SESSION_GUARANTEES);
  const order = promisedOrder(all, guarantees);
  const reads = all.accesses.filter(({ isWrite }) => !isWrite).length;
  // Reads to which a session, and not only their own source, makes something visible.
  const constrainedReads = all.accesses.filter(
    ({ isWrite, source }, id) => !isWrite && (order.before[id]?.length ?? 0) > (source >= 0 ? 1 : 0),
  ).length;
  const seen = { reads, writes: all.accesses.length - reads, processes: all.sessions.length, constrainedReads };
  const violation = violationOf(all, order, { model, guarantees });
  if (violation !== undefined) return { verdict: 'invalid', violation, seen };
  if (constrainedReads > 0) return { verdict: 'valid', seen };
  const reason =
    guarantees.has('read your writes') || guarantees.has('monotonic reads')
      ? 'no process read after an operation of its own, so no read could have been wrong'
      : `${[...guarantees].join(' and ') || 'nothing'} shows in no single read: promise monotonic reads or read your writes as well`;
  return { verdict: 'unknown', reason, seen };
}

/** A misspelt promise would be kept by everyone. */
function requireKnown(model: ConsistencyModel): void {
  const known: readonly unknown[] = typeof model === 'string' ? NAMED_MODELS : SESSION_GUARANTEES;
  for (const one of typeof model === 'string' ? [model] : model)
    invariant(known.includes(one), () => `unknown consistency '${one}'; known: ${known.join(', ')}`);
}

const REMEDY = '; only reads and writes of different values tell which write a read saw';

function violationOf(
  all: Accesses,
  order: PromisedOrder,
  { model, guarantees }: { readonly model: ConsistencyModel; readonly guarantees: ReadonlySet<SessionGuarantee> },
): Violation | undefined {
  if (order.sorted === undefined) return cycleIn({ all, order, inferred: [], own: [] });
  if (model === 'causal consistency' || model === 'causal convergence' || !guarantees.has('monotonic reads')) {
    const { wrongRead, inferred } = judgeReads(all, order.before, order.sorted.nodes, {
      infers: model === 'causal convergence',
    });
    if (wrongRead !== undefined) return new Contradictions(all, graphOf(order)).wrongRead(wrongRead);
    return model === 'causal convergence' ? cycleIn({ all, order, inferred, own: [] }) : undefined;
  }
  for (const session of all.sessions) {
    const { inferred, initialRead } = viewOf(all, order, session);
    const orders = { all, order, inferred, own: model === 'PRAM' ? session : [] };
    const violation =
      initialRead === undefined ? cycleIn(orders) : new Contradictions(all, graphWith(orders)).wrongRead(initialRead);
    if (violation !== undefined) return violation;
  }
  return undefined;
}

interface Orders {
  readonly all: Accesses;
  readonly order: PromisedOrder;
  readonly inferred: readonly Inferred[];
  /** A session whose own order counts whole, whatever is promised to others. */
  readonly own: readonly number[];
}

function cycleIn(orders: Orders): Violation | undefined {
  const { sorted } = orders.order;
  if (sorted !== undefined && !contradicts(orders, sorted)) return undefined;
  const graph = graphWith(orders);
  return new Contradictions(orders.all, graph).cycle(graph.cycle(ORDERED | INFERRED) ?? []);
}

/**
 * Whether what was inferred closes a cycle. Every cycle lies within a stretch of the sorted order that edges against it
 * cover without a gap, so only these stretches are searched.
 */
function contradicts(
  { order, inferred, own }: Orders,
  { nodes, ranks }: NonNullable<PromisedOrder['sorted']>,
): boolean {
  const extra = new Map<number, number[]>();
  const against: { readonly from: number; to: number }[] = [];
  for (const [from, to] of [...inferred.map(({ write, source }) => [write, source] as const), ...pairs(own)]) {
    const known = extra.get(to);
    if (known === undefined) extra.set(to, [from]);
    else known.push(from);
    const [low, high] = [ranks[to] as number, ranks[from] as number];
    if (low < high) against.push({ from: low, to: high });
  }
  against.sort((one, other) => one.from - other.from);
  const stretches: { readonly from: number; to: number }[] = [];
  for (const { from, to } of against) {
    const last = stretches.at(-1);
    if (last === undefined || last.to < from) stretches.push({ from, to });
    else last.to = Math.max(last.to, to);
  }
  return stretches.some(({ from, to }) => {
    const within = (node: number): boolean => (ranks[node] as number) >= from && (ranks[node] as number) <= to;
    const before = (node: number): readonly number[] =>
      [...(order.before[node] ?? []), ...(extra.get(node) ?? [])].filter(within);
    return !visitInOrder(nodes.subarray(from, to + 1), before, () => undefined);
  });
}

function graphWith({ order, inferred, own }: Orders): AccessGraph {
  const graph = graphOf(order);
  for (const { write, source, read } of inferred) graph.add(write, source, INFERRED, read);
  for (const [from, to] of pairs(own)) graph.add(from, to, ORDERED, undefined);
  return graph;
}

const pairs = (session: readonly number[]): (readonly [number, number])[] =>
  session.slice(1).map((id, place) => [session[place] ?? id, id]);
