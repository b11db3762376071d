/** Where the stream manager places a new extent: on nodes that were heard of lately, spread by how much each holds. */
import type { NodeId, Random } from '../../framework/index.js';
import { BLAME_MICROS, SILENT_MICROS } from './timing.js';

export const REPLICAS = 3;

export interface Watched {
  readonly node: NodeId;
  /** By the stream manager's clock: when it was heard of, and when it did not answer in time. */
  heardAt: number;
  blamedAt: number | null;
  /** How many extents were placed on it. */
  extents: number;
}

/** Primary first; null if fewer than three nodes are there. Any choice is safe. */
export function place(nodes: readonly Watched[], now: number, random: Random): readonly NodeId[] | null {
  const isBlamed = ({ blamedAt }: Watched): number => (blamedAt !== null && now - blamedAt < BLAME_MICROS ? 1 : 0);
  const ranked = nodes
    .filter(({ heardAt }) => now - heardAt < SILENT_MICROS)
    .map((one) => ({ node: one.node, blamed: isBlamed(one), extents: one.extents, tie: random.uint32() }))
    .sort((one, other) => one.blamed - other.blamed || one.extents - other.extents || one.tie - other.tie);
  return ranked.length < REPLICAS ? null : ranked.slice(0, REPLICAS).map(({ node }) => node);
}
