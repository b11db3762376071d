/** What a persistent subscription knows: the events on their way, and the consumers that it may send them to. */
import type { Context, NodeId } from '../../../framework/index.js';
import type { RecordedEvent } from '../messages.js';
import type { Follower } from './following.js';
import type { Delivery, PersistentMessage } from './messages.js';
import type { Parked } from './parked-queue.js';
import type { PersistentRules } from './persistent-rules.js';
import { inFlightMax } from './timing.js';

export interface Outstanding extends Delivery {
  readonly consumer: NodeId;
}

export interface SubscriptionState extends Follower {
  /** Received, and never sent; in order of position. */
  waiting: RecordedEvent[];
  /** To be tried again, in order of position. In memory only: after a restart the checkpoint has them read again. */
  retrying: Delivery[];
  /** Sent, and neither acknowledged nor refused yet. */
  outstanding: Outstanding[];
  /** Being parked, and not on disk yet. */
  parking: RecordedEvent[];
  parked: Parked[];
  /** The consumers that are connected, and by which connection. */
  connections: Record<NodeId, string>;
  /** The same consumers, in the order in which it is their turn. */
  turns: NodeId[];
  /** By stream, the consumer that has it. */
  pins: Record<string, NodeId>;
  /** The position last written to disk. */
  checkpoint: number;
  /** How many events were acknowledged or parked since. */
  sinceCheckpoint: number;
  /** For the record. */
  readonly seen: {
    timeOuts: number;
    disconnects: number;
    passedOver: number;
    replays: number;
    full: number;
    /** First tries of an event while another consumer had one of the same stream. */
    shared: number;
  };
}

export type Timer = 'renew' | 'silence' | 'timeout' | 'parked' | 'taken' | 'checkpoint' | 'checkpointed';
export type Ctx = Context<PersistentMessage, Timer>;

export const positionsOf = (deliveries: readonly Delivery[]): number[] =>
  deliveries.flatMap(({ event, replayed }) => (replayed ? [] : [event.position]));

/** Consumers with room for another event, those with the fewest first. */
export function freeConsumers({ turns, outstanding }: SubscriptionState): NodeId[] {
  const load = (consumer: NodeId): number => outstanding.filter((one) => one.consumer === consumer).length;
  return turns
    .filter((consumer) => load(consumer) < inFlightMax)
    .sort((one, other) => load(one) - load(other) || (one < other ? -1 : 1));
}

/** Where the subscription would start again, by its rules. What was replayed is in the parked queue still. */
export const checkpointOf = (state: SubscriptionState, rules: PersistentRules): number =>
  rules.checkpoint({
    waiting: state.waiting.map(({ position }) => position),
    outstanding: positionsOf(state.outstanding),
    retrying: positionsOf(state.retrying),
    parking: state.parking.map(({ position }) => position),
    through: state.through,
  });
