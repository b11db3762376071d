/** What the manager decides of a chain. Every decision about an arc begins a new epoch of it. */
import type { NodeId } from '../../framework/index.js';
import { ARCS, chainOn, NODES, REPLICAS } from './ring.js';

/** A node that joins a chain. */
export interface Joining {
  readonly node: NodeId;
  /** Its place: 0 if it will be the head. */
  readonly at: number;
  /** Phase 1, in which the tail copies its log to it; phase 2, in which puts go through it already. */
  readonly phase: 'pre-copy' | 'flush';
  /** How much of the log it had when phase 2 began. */
  readonly precopied: number;
}

export interface Chain {
  readonly arc: number;
  readonly epoch: number;
  /** From head to tail, without whoever joins. They all have what was ever acknowledged. */
  readonly members: readonly NodeId[];
  readonly joining: Joining | null;
  /** Was the tail, is not any more, and may answer gets until it says that it does not (or its lease ends). */
  readonly former: NodeId | null;
}

export interface Configuration {
  readonly number: number;
  /** By arc. */
  readonly chains: readonly Chain[];
}

export const INITIAL: Configuration = {
  number: 1,
  chains: ARCS.map((arc) => ({ arc, epoch: 1, members: chainOn(arc, NODES), joining: null, former: null })),
};

/** What a node knows that has restarted. */
export const UNKNOWN: Configuration = {
  number: 0,
  chains: ARCS.map((arc) => ({ arc, epoch: 0, members: [], joining: null, former: null })),
};

export const isFlushing = ({ joining }: Chain): boolean => joining?.phase === 'flush';

/** The way of a new put: in phase 2 through the node that joins, and no further than R nodes. */
export function pathOf({ members, joining }: Chain): readonly NodeId[] {
  if (joining?.phase !== 'flush') return members;
  return members.toSpliced(joining.at, 0, joining.node).slice(0, REPLICAS);
}

/** The tail from which a node that joins gets the log. */
export const sourceOf = ({ members }: Chain): NodeId | undefined => members.at(-1);

/** Who answers gets: the tail, but for one that is joining, in whose place its predecessor does (the interim tail). */
export function readerOf(chain: Chain): NodeId | undefined {
  const path = pathOf(chain);
  return path.at(-1) === chain.joining?.node && isFlushing(chain) ? path.at(-2) : path.at(-1);
}

/** `arcs: head 0, tail 3`: what `node` is in the chains, as far as one knows who has this configuration. */
export function describePlaces({ chains }: Configuration, node: NodeId): string {
  const arcsWhere = (is: (chain: Chain) => boolean) => chains.filter(is).map(({ arc }) => arc);
  const places = [
    ['head', arcsWhere((chain) => pathOf(chain)[0] === node)],
    ['tail', arcsWhere((chain) => readerOf(chain) === node)],
    ['joins', arcsWhere(({ joining }) => joining?.node === node)],
  ] as const;
  const told = places.flatMap(([place, arcs]) => (arcs.length === 0 ? [] : [`${place} ${arcs.join(' ')}`]));
  if (told.length > 0) return `arcs: ${told.join(', ')}`;
  return chains.some(({ members }) => members.includes(node)) ? 'within chains' : 'in no chain';
}
