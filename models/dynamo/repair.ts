/** What brings copies together when nobody writes: hinted handoff (§4.6), and anti-entropy by hash trees (§4.7). */
import type { NodeId } from '../../framework/index.js';
import { below, DEPTH, hashAt, type HashedObjects } from './merkle-tree.js';
import type { NodeMessage } from './messages.js';
import { keep, objectOf, save, type NodeContext, type NodeState, type Setting } from './node-state.js';
import { sameObject, type StoredObject } from './versions.js';

type Where = Setting & { readonly ctx: NodeContext };

/** Offers each hint to whom it is for. */
export function handOff(state: NodeState, { ctx }: Where): void {
  for (const { number, node, key, object } of state.hints)
    ctx.send(node, { kind: 'handoff', hint: number, key, object });
}

export function dropHint(state: NodeState, hint: number, from: NodeId, ctx: NodeContext): void {
  const left = state.hints.filter(({ number, node }) => number !== hint || node !== from);
  if (left.length === state.hints.length) return;
  state.hints = left;
  save(state, ctx);
}

/** What this node has of the keys that belong to both, but for what is about to be forgotten. */
const shared = ({ objects }: NodeState, other: NodeId, where: Where): HashedObjects =>
  Object.entries(objects).filter(([key, object]) => {
    const list = where.ring.preferenceList(key);
    return list.includes(other) && list.includes(where.ctx.self) && !isForgettable(object, where);
  });

const isForgettable = ({ versions }: StoredObject, { rules, ctx }: Where): boolean =>
  versions.every(({ value, at }) => value === null && rules.mayForget(ctx.now() - at));

/** Begins at the root, with some other node. */
export function compareWithAnother(state: NodeState, where: Where): void {
  const { ctx, ring } = where;
  const other = ctx.random.pick(ring.nodes.filter((node) => node !== ctx.self));
  ctx.send(other, { kind: 'compare', path: '', hash: hashAt(shared(state, other, where), '') });
}

/** Where hashes differ, those below are compared; at the leaves, objects are exchanged. */
export function compare(
  state: NodeState,
  { path, hash }: Extract<NodeMessage, { readonly kind: 'compare' }>,
  from: NodeId,
  where: Where,
): void {
  const objects = shared(state, from, where);
  if (hashAt(objects, path) === hash) return;
  if (path.length === DEPTH) {
    where.ctx.send(from, { kind: 'exchange', path, objects: below(objects, path) });
    return;
  }
  for (const next of [`${path}0`, `${path}1`])
    where.ctx.send(from, { kind: 'compare', path: next, hash: hashAt(objects, next) });
}

export function exchange(
  state: NodeState,
  { path, objects }: Extract<NodeMessage, { readonly kind: 'exchange' }>,
  from: NodeId,
  where: Where,
): void {
  const theirs = new Map(objects);
  let learned = false;
  for (const [key, object] of objects) {
    const before = objectOf(state, key);
    keep(state, key, object);
    learned ||= !sameObject(before, objectOf(state, key));
  }
  if (learned) save(state, where.ctx);
  for (const [key, object] of below(shared(state, from, where), path)) {
    const known = theirs.get(key);
    if (known === undefined || !sameObject(known, object))
      where.ctx.send(from, { kind: 'store', round: null, key, object, hint: null });
  }
}

/**
 * Tombstones are forgotten when they are old enough, and with them all that was seen of the key: whoever has missed the
 * deletion until now would bring the value back.
 */
export function forgetTombstones(state: NodeState, where: Where): void {
  const forgotten = Object.entries(state.objects).filter(([, object]) => isForgettable(object, where));
  if (forgotten.length === 0) return;
  for (const [key] of forgotten) Reflect.deleteProperty(state.objects, key);
  save(state, where.ctx);
}
