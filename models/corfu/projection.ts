/**
 * A projection maps the log to storage units (§2.1): here all positions to one chain of replicas. Each has an epoch; the
 * next one is made of those that were sealed, and counts once the auxiliary has taken it.
 */
import type { NodeId } from '../../framework/index.js';

export interface Sequencer {
  readonly node: NodeId;
  readonly life: number;
}

export interface Projection {
  readonly epoch: number;
  /** From head to tail; never empty. */
  readonly chain: readonly NodeId[];
  /** The unit that is being copied to: written after the chain, and not yet read. */
  readonly repairing: NodeId | null;
  /** Null if none was found: clients find the tail at the units then. */
  readonly sequencer: Sequencer | null;
  /** The position from which the sequencer counts. */
  readonly tail: number;
}

/** The life of a sequencer that has never crashed. */
export const FIRST_LIFE = 0;

export const initialProjection = (units: readonly NodeId[], sequencer: NodeId): Projection => ({
  epoch: 1,
  chain: units,
  repairing: null,
  sequencer: { node: sequencer, life: FIRST_LIFE },
  tail: 0,
});

/** Who must have a page before it may be acknowledged or shown, in the order in which it is written. */
export const replicasOf = ({ chain, repairing }: Projection): readonly NodeId[] =>
  repairing === null ? chain : [...chain, repairing];

/** What those that were asked to seal have answered. */
export interface Sealed {
  units: { readonly unit: NodeId; readonly tail: number }[];
  sequencers: Sequencer[];
}

export const nobodySealed = (): Sealed => ({ units: [], sequencers: [] });

/** Notes an answer, unless it is known already. */
export function noteSealed(
  sealed: Sealed,
  from: NodeId,
  answer: { readonly tail: number } | { readonly life: number },
) {
  if ('tail' in answer) {
    if (!sealed.units.some(({ unit }) => unit === from)) sealed.units.push({ unit: from, tail: answer.tail });
  } else if (!sealed.sequencers.some(({ node }) => node === from))
    sealed.sequencers.push({ node: from, life: answer.life });
}

/** Who is asked to seal. */
export const toBeSealed = (projection: Projection, sequencers: readonly NodeId[]): readonly NodeId[] => [
  ...replicasOf(projection),
  ...sequencers,
];

export const isSealed = (sealed: Sealed, node: NodeId): boolean =>
  sealed.units.some(({ unit }) => unit === node) || sealed.sequencers.some((one) => one.node === node);

/**
 * The next projection: without the units that have not answered, and with a sequencer that has. Undefined if no unit of the
 * chain has: nobody else need have what was acknowledged. What all replicas must have, any of them has, so the tail is
 * past all that was acknowledged.
 */
export function successor(
  current: Projection,
  sealed: Sealed,
  joining: { readonly unit: NodeId; readonly into: 'chain' | 'repair' } | null,
): Projection | undefined {
  const answered = (unit: NodeId): boolean => sealed.units.some((one) => one.unit === unit);
  const chain = current.chain.filter(answered);
  if (chain.length === 0) return undefined;
  const repairing = current.repairing !== null && answered(current.repairing) ? current.repairing : null;
  const { sequencers } = sealed;
  const same = sequencers.find(({ node, life }) => node === current.sequencer?.node && life === current.sequencer.life);
  const tails = sealed.units.filter(({ unit }) => chain.includes(unit)).map(({ tail }) => tail);
  const next = {
    epoch: current.epoch + 1,
    sequencer: same ?? sequencers[0] ?? null,
    tail: tails.reduce((one, other) => Math.max(one, other), 0),
  };
  if (joining === null) return { ...next, chain, repairing };
  const rest = repairing === joining.unit ? null : repairing;
  if (joining.into === 'repair') return { ...next, chain, repairing: joining.unit };
  return { ...next, chain: [...chain, joining.unit], repairing: rest };
}

/** `head, epoch 2`: what `unit` is, as far as one knows who has this projection. */
export function describePlace({ epoch, chain, repairing }: Projection, unit: NodeId): string {
  const [isHead, isTail] = [chain[0] === unit, chain.at(-1) === unit];
  const place = isHead && isTail ? 'alone' : isHead ? 'head' : isTail ? 'tail' : 'replica';
  const isMember = chain.includes(unit);
  return `${isMember ? place : unit === repairing ? 'being copied to' : 'left out'}, epoch ${epoch}`;
}
