/**
 * What each consumer strategy promises, after every step, of the events that are outstanding. None promises more: events of a
 * stream may be with several consumers at once, and be handled in any order, but where they are pinned.
 */
import type { InvariantCheck, NodeId } from '../../../framework/index.js';
import type { Outstanding, SubscriptionState } from './subscription-state.js';
import { inFlightMax } from './timing.js';

type Check = () => InvariantCheck<SubscriptionState>;

export const ONE_CONSUMER = 'a stream is with one consumer at a time';
export const IN_TURN = 'consumers that have room are sent events in turn';
export const ONE_WORKS = 'one consumer is sent all events while it has room';

/** `Pinned`: of a stream, the events outstanding for the first time are with one consumer. */
export const oneConsumer: Check = () => (nodes, changed) => {
  const consumers = new Map<string, NodeId>();
  for (const { event, retries, replayed, consumer } of nodes.get(changed)?.outstanding ?? []) {
    if (retries > 0 || replayed) continue;
    const other = consumers.get(event.stream) ?? consumer;
    if (other !== consumer) return `events of ${event.stream} are with ${other} and with ${consumer}`;
    consumers.set(event.stream, consumer);
  }
  return undefined;
};

const nameOf = ({ event, retries, replayed, consumer }: Outstanding): string =>
  `${event.position} ${retries} ${replayed} ${consumer}`;

/** Calls `judge` for each event that was sent: to which connection, and which others had room just then. */
function eachSent(judge: (to: string, others: ReadonlySet<string>) => string | undefined) {
  let before: ReadonlySet<string> = new Set();
  return (nodes: ReadonlyMap<NodeId, SubscriptionState>, changed: NodeId): string | undefined => {
    const { outstanding = [], connections = {} } = nodes.get(changed) ?? {};
    const known = before;
    before = new Set(outstanding.map(nameOf));
    for (const [place, given] of outstanding.entries()) {
      if (known.has(nameOf(given))) continue;
      const load = (consumer: NodeId) => outstanding.slice(0, place).filter((one) => one.consumer === consumer).length;
      const others = Object.entries(connections).flatMap(([consumer, connection]) =>
        consumer !== given.consumer && load(consumer) < inFlightMax ? [connection] : [],
      );
      const breach = judge(connections[given.consumer] ?? '', new Set(others));
      if (breach !== undefined) return breach;
    }
    return undefined;
  };
}

/** `RoundRobin`: between two events to one consumer, whoever had room all the time has been sent one. */
export const inTurn: Check = () => {
  /** By connection: those that had room when it was last sent an event, and ever since, and were sent none. */
  const passedOver = new Map<string, ReadonlySet<string>>();
  return eachSent((to, others) => {
    for (const [connection, passed] of passedOver)
      passedOver.set(connection, new Set([...passed].filter((one) => others.has(one))));
    const [next] = passedOver.get(to) ?? [];
    passedOver.set(to, others);
    return next === undefined ? undefined : `${to} was sent two events, and ${next}, which had room, none`;
  });
};

/** `DispatchToSingle`: another consumer is sent an event only if the one before has no room, or is gone. */
export const oneWorks: Check = () => {
  let last = '';
  return eachSent((to, others) => {
    const before = last;
    last = to;
    return others.has(before)
      ? `${to} was sent an event while ${before}, which was sent the one before, had room`
      : undefined;
  });
};
