/**
 * Consumer strategies, as KurrentDB has them: which of the competing consumers an event goes to. All of them leave out whoever
 * has as many events in flight as it may have; they differ in what they promise of the others.
 */
import type { NodeId } from '../../../framework/index.js';

/** The consumers of a subscription, as a strategy sees them. It changes `turns` and `pins`. */
export interface Consumers {
  /** Those connected, in the order in which it is their turn. */
  readonly turns: NodeId[];
  /** By stream, the consumer that has it. */
  readonly pins: Record<string, NodeId>;
  /** Those connected that have room for another event, those with the fewest first. */
  readonly free: readonly NodeId[];
}

/** To whom an event of `stream` goes. Undefined: it waits, and later ones may pass it over. */
export type ConsumerStrategy = (stream: string, consumers: Consumers) => NodeId | undefined;

/** `Pinned`: a stream is with one consumer while that is connected. Whoever has the fewest gets one that nobody has. */
export const pinned: ConsumerStrategy = (stream, { turns, pins, free }) => {
  const has = (consumer: NodeId): number => Object.values(pins).filter((one) => one === consumer).length;
  const [fewest] = turns.toSorted((one, other) => has(one) - has(other) || (one < other ? -1 : 1));
  const consumer = pins[stream] ?? fewest;
  if (consumer === undefined || !free.includes(consumer)) return undefined;
  pins[stream] = consumer;
  return consumer;
};

/** `RoundRobin`: the next in turn that has room. Whoever is passed over, or served, is last from then on. */
export const roundRobin: ConsumerStrategy = (_stream, { turns, free }) => {
  const consumer = turns.find((one) => free.includes(one));
  if (consumer !== undefined) turns.push(...turns.splice(0, turns.indexOf(consumer) + 1));
  return consumer;
};

/** `DispatchToSingle`: the same consumer until it has no more room, then the next. Others stand by. */
export const dispatchToSingle: ConsumerStrategy = (_stream, { turns, free }) => {
  const consumer = turns.find((one) => free.includes(one));
  if (consumer !== undefined) turns.push(...turns.splice(0, turns.indexOf(consumer)));
  return consumer;
};
