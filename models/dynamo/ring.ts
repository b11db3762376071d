/** The ring (§4.2, 4.3): every node has several places on it, and a key belongs to those that follow its own place. */
import type { NodeId } from '../../framework/index.js';

/** How many copies a key has: N. */
export const COPIES = 3;
const PLACES = 4;

/** FNV-1a (Fowler, Noll, Vo), 32 bits. */
export function hashText(text: string): number {
  let hash = 0x811c9dc5;
  for (let index = 0; index < text.length; index++) hash = Math.imul(hash ^ text.charCodeAt(index), 0x01000193) >>> 0;
  return hash;
}

export class Ring {
  readonly nodes: readonly NodeId[];
  private readonly places: readonly { readonly at: number; readonly node: NodeId }[];
  /** What has been asked before. */
  private readonly orders = new Map<string, readonly NodeId[]>();

  constructor(nodes: readonly NodeId[]) {
    this.nodes = nodes;
    this.places = nodes
      .flatMap((node) => Array.from({ length: PLACES }, (_, place) => ({ at: hashText(`${node}/${place}`), node })))
      .sort((one, other) => one.at - other.at);
  }

  /** All nodes, in the order in which they are to have `key`: the first N are its preference list, the others stand in. */
  inOrder(key: string): readonly NodeId[] {
    const known = this.orders.get(key);
    if (known !== undefined) return known;
    const at = hashText(key);
    const from = this.places.findIndex((place) => place.at >= at);
    const around = from < 0 ? this.places : [...this.places.slice(from), ...this.places.slice(0, from)];
    const order = [...new Set(around.map(({ node }) => node))];
    this.orders.set(key, order);
    return order;
  }

  preferenceList(key: string): readonly NodeId[] {
    return this.inOrder(key).slice(0, COPIES);
  }
}
