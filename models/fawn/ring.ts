/**
 * The ring (§3.3). Each node has a place on it, its VID, and arcs of the ring end at the VIDs: arc `i` holds the keys up to
 * the i-th. Its chain is the first R nodes on from there, so that a node heads one chain, ends one, and is amid others.
 * When a node leaves, its arc stays what it is and passes to the next: two neighbours then have the same chain.
 */
import type { NodeId } from '../../framework/index.js';

/** In the order of the ring. */
export const NODES: readonly NodeId[] = ['n1', 'n2', 'n3', 'n4', 'n5'];
export const ARCS: readonly number[] = NODES.map((_, arc) => arc);

/** R: how long chains are. */
export const REPLICAS = 3;

/** 0 … 2^16 - 1: FNV-1a, folded. */
export function hashOf(key: string): number {
  let hash = 0x811c9dc5;
  for (let place = 0; place < key.length; place++) hash = Math.imul(hash ^ key.charCodeAt(place), 0x01000193);
  return ((hash >>> 16) ^ hash) & 0xffff;
}

/** VIDs are evenly spread, so arcs are of equal length. */
export const arcOf = (key: string): number => Math.floor((hashOf(key) * ARCS.length) / 0x1_0000);

/** How far on the ring `node` is from the end of `arc`. */
export const distance = (arc: number, node: NodeId): number =>
  (NODES.indexOf(node) - arc + NODES.length) % NODES.length;

/** `nodes` in the order in which they follow the end of `arc`. */
export const inOrder = (arc: number, nodes: readonly NodeId[]): NodeId[] =>
  [...nodes].sort((one, other) => distance(arc, one) - distance(arc, other));

/** The chain of `arc` if `nodes` are all there are. */
export const chainOn = (arc: number, nodes: readonly NodeId[]): NodeId[] => inOrder(arc, nodes).slice(0, REPLICAS);
