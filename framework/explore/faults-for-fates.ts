/**
 * A failure may hang on the fates of a dozen messages that a single fault would explain: one node was cut off, or stood still,
 * for as long as they were lost or late. A reader understands the fault at once, and the dozen never.
 */
import type { Fault } from '../faults/fault.js';
import { clientNames } from '../plan/fault-arbitraries.js';
import type { Plan } from '../plan/plan.js';
import type { TraceEvent } from '../simulation/trace.js';
import type { NodeId } from '../world/protocol.js';
import type { Fate } from '../world/network.js';

/** A decided fate, and when its message was sent. */
interface Sent {
  readonly fate: Fate;
  readonly time: number;
}

/** So many fates at least make a plan smaller if one fault takes their place. */
export const FATES_OF_A_FAULT = 2;
/** Of more fates than this, a quarter is not tried by itself: each try is a run. */
const MANY = 24;

/**
 * Plans with one fault in the place of all decided fates of a node's messages, or of those in a part of the
 * time; the smallest plans first. `trace` is that of a run of `plan`.
 */
export function faultsForFates(plan: Plan, trace: readonly TraceEvent[], nodes: readonly NodeId[]): readonly Plan[] {
  const sent = sentFates(plan, trace);
  const everybody = [...nodes, ...clientNames(plan.clients)];
  const candidates = nodes.flatMap((node) => {
    const others = everybody.filter((one) => one !== node);
    const around = sent.filter(({ fate }) => fate.from === node || fate.to === node);
    return windows(around)
      .filter(({ length }) => length >= FATES_OF_A_FAULT)
      .flatMap((explained) => faultsLike(node, others, explained).map((fault) => without(plan, explained, fault)));
  });
  return candidates.sort((one, other) => one.fates.length - other.fates.length);
}

/** All of them, their halves, and, unless there are many, their quarters. */
function windows<T>(items: readonly T[]): readonly (readonly T[])[] {
  return (items.length > MANY ? [1, 2] : [1, 2, 4]).flatMap((parts) => {
    const length = Math.ceil(items.length / parts);
    return Array.from({ length: parts }, (_, part) => items.slice(part * length, (part + 1) * length));
  });
}

/** In the order of sending. */
function sentFates({ fates }: Plan, trace: readonly TraceEvent[]): readonly Sent[] {
  const nameOf = ({ from, to, nth }: Pick<Fate, 'from' | 'to' | 'nth'>): string => `${from}>${to}#${nth}`;
  const byName = new Map(fates.map((fate) => [nameOf(fate), fate]));
  return trace.flatMap((event) => {
    const fate = event.kind === 'send' ? byName.get(nameOf(event)) : undefined;
    return fate === undefined ? [] : [{ fate, time: event.time }];
  });
}

/** The node is cut off, both ways or one, or stands still, from just before the first of these messages to just after the last. */
function faultsLike(node: NodeId, others: readonly NodeId[], explained: readonly Sent[]): readonly Fault[] {
  const times = explained.map(({ time }) => time);
  const at = Math.max(0, Math.min(...times) - 1);
  const forMicros =
    Math.max(...times, ...explained.flatMap(({ fate, time }) => fate.delaysMicros.map((delay) => time + delay))) -
    at +
    1;
  const [from, to] = [[node], others];
  return [
    { kind: 'partition', at, from, to, direction: 'both', forMicros },
    { kind: 'partition', at, from, to, direction: 'one-way', forMicros },
    { kind: 'partition', at, from: to, to: from, direction: 'one-way', forMicros },
    { kind: 'pause', at, node, forMicros },
  ];
}

const without = (plan: Plan, explained: readonly Sent[], fault: Fault): Plan => ({
  ...plan,
  faults: [...plan.faults, fault],
  fates: plan.fates.filter((fate) => !explained.some((one) => one.fate === fate)),
});
