/** What became of each message of a run, and why. */
import type { Fault, FaultKind } from '../faults/fault.js';
import type { Plan } from '../plan/plan.js';
import { messageKey } from '../report/causes.js';
import type { NodeId } from '../world/protocol.js';
import type { RecordedEvent } from './events.js';
import type { Moment } from './timeline.js';

type Send = Extract<RecordedEvent, { kind: 'send' }>;
type FaultEvent = Extract<RecordedEvent, { kind: 'fault-begins' | 'fault-ends' }>;

/** An end of one copy of a message. */
export type Arrival =
  | { readonly kind: 'delivered'; readonly moment: number }
  | {
      readonly kind: 'lost';
      readonly moment: number;
      readonly reason: Extract<RecordedEvent, { kind: 'lost' }>['reason'];
    };

export interface Message {
  readonly key: string;
  readonly send: Send;
  /** The moment in which it was sent. */
  readonly sentIn: number;
  /** In order; a copy that has none was still under way at the end. */
  readonly arrivals: readonly Arrival[];
}

/** A fault while it was in force. */
export interface FaultSpan {
  readonly fault: Fault;
  readonly place: number;
  readonly words: string;
  readonly mark: string;
  readonly nodes: readonly NodeId[];
  readonly from: number;
  /** The moment in which it ended; that after the last one if it never did. */
  readonly to: number;
}

/** By key, in the order in which they were sent. */
export function messagesOf(events: readonly RecordedEvent[], moments: readonly Moment[]): ReadonlyMap<string, Message> {
  const messages = new Map<string, Message & { readonly arrivals: Arrival[] }>();
  for (const { index, from, to } of moments)
    for (let at = from; at < to; at++) {
      const event = events[at];
      if (event?.kind === 'send') {
        const key = messageKey(event.from, event.to, event.nth);
        messages.set(key, { key, send: event, sentIn: index, arrivals: [] });
      } else if (event?.kind === 'deliver')
        messages
          .get(messageKey(event.from, event.node, event.nth))
          ?.arrivals.push({ kind: 'delivered', moment: index });
      else if (event?.kind === 'lost')
        messages
          .get(messageKey(event.from, event.to, event.nth))
          ?.arrivals.push({ kind: 'lost', moment: index, reason: event.reason });
    }
  return messages;
}

export function faultSpans(events: readonly RecordedEvent[], moments: readonly Moment[]): readonly FaultSpan[] {
  const spans: { event: FaultEvent; from: number; to: number | undefined }[] = [];
  for (const { index, from, to } of moments)
    for (let at = from; at < to; at++) {
      const event = events[at];
      if (event?.kind === 'fault-begins') spans.push({ event, from: index, to: undefined });
      else if (event?.kind === 'fault-ends') {
        const open = spans.find((span) => span.to === undefined && isSameFault(span.event, event));
        if (open !== undefined) open.to = index;
      }
    }
  return spans.map(({ event: { fault, place, words, mark, nodes }, from, to }) => {
    return { fault, place, words, mark, nodes, from, to: to ?? moments.length };
  });
}

const isSameFault = (one: FaultEvent, other: FaultEvent): boolean =>
  one.place === other.place && (one.place >= 0 || JSON.stringify(one.fault) === JSON.stringify(other.fault));

/** The faults in force in a moment, as far as they touch the link between two nodes. */
export const faultsOnLink = (
  spans: readonly FaultSpan[],
  moment: number,
  from: NodeId,
  to: NodeId,
): readonly FaultSpan[] =>
  spans.filter((span) => span.from <= moment && moment <= span.to && touches(span.fault, from, to));

/** Whether `fault` does anything to what `from` sends to `to`. */
function touches(fault: Fault, from: NodeId, to: NodeId): boolean {
  switch (fault.kind) {
    case 'partition':
      return joins(fault, from, to) || (fault.direction === 'both' && joins(fault, to, from));
    case 'flappingLink':
    case 'connectionReset':
      return joins(fault, from, to) || joins(fault, to, from);
    case 'slowLink':
    case 'lossyLink':
      return joins(fault, from, to);
    case 'majoritiesRing':
      return fault.ring.includes(from) && fault.ring.includes(to);
    case 'powerFailure':
      return fault.nodes.includes(to);
    default:
      return 'node' in fault && fault.node === to;
  }
}

const joins = (
  fault: { readonly from: readonly NodeId[]; readonly to: readonly NodeId[] },
  from: NodeId,
  to: NodeId,
): boolean => fault.from.includes(from) && fault.to.includes(to);

/** What a fault does to messages. */
type Effect = 'cuts links' | 'resets connections' | 'disturbs links' | 'ends the receiver' | 'none';

const EFFECTS: Readonly<Record<FaultKind, Effect>> = {
  partition: 'cuts links',
  flappingLink: 'cuts links',
  majoritiesRing: 'cuts links',
  connectionReset: 'resets connections',
  slowLink: 'disturbs links',
  lossyLink: 'disturbs links',
  crash: 'ends the receiver',
  crashInWrite: 'ends the receiver',
  powerFailure: 'ends the receiver',
  permanentLoss: 'ends the receiver',
  writeError: 'ends the receiver',
  syncError: 'ends the receiver',
  corruption: 'ends the receiver',
  pause: 'none',
  slowNode: 'none',
  slowDisk: 'none',
  lyingSync: 'none',
  misdirectedWrite: 'none',
  staleRead: 'none',
  control: 'none',
  clock: 'none',
};

/** Why a copy of `message` was lost: the fault, the decided fate or the rate that took it. A sentence without its end. */
export function whyLost(
  { send }: Message,
  { reason, moment }: Extract<Arrival, { kind: 'lost' }>,
  { plan, spans }: { readonly plan: Plan; readonly spans: readonly FaultSpan[] },
): string {
  const { from, to } = send;
  const onLink = faultsOnLink(spans, moment, from, to);
  const named = (effect: Effect) => withEffect(onLink, effect).map(({ words, mark }) => `${mark} ${words}`);
  switch (reason) {
    case 'dropped': {
      if (isDecided(plan, send)) return 'the plan decides that it is dropped';
      const lossy = named('disturbs links');
      const rate = plan.network.dropPerMillion;
      return [...lossy, ...(rate > 0 ? [`the network drops ${rate / 10_000} % of all messages`] : [])].join('; ');
    }
    case 'cut off':
      return named('cuts links').join('; ') || 'the link was cut';
    case 'connection reset':
      return named('resets connections').join('; ') || 'its connection was reset while it was under way';
    case 'receiver down':
      return named('ends the receiver').join('; ') || `${to} was down, or another process by then`;
  }
}

/** Why a message took as long as it did, or came more than once; undefined if nothing is remarkable about it. */
export function whySo(
  { send, sentIn }: Message,
  { plan, spans }: { readonly plan: Plan; readonly spans: readonly FaultSpan[] },
): string | undefined {
  const { from, to, delaysMicros } = send;
  if (isDecided(plan, send)) return 'the plan decides its fate';
  const disturbing = withEffect(faultsOnLink(spans, sentIn, from, to), 'disturbs links');
  if (disturbing.length > 0) return disturbing.map(({ words, mark }) => `${mark} ${words}`).join('; ');
  return delaysMicros.length > 1
    ? `the network doubles ${plan.network.duplicatePerMillion / 10_000} % of all messages`
    : undefined;
}

const withEffect = (spans: readonly FaultSpan[], effect: Effect): readonly FaultSpan[] =>
  spans.filter(({ fault }) => EFFECTS[fault.kind] === effect);

const isDecided = ({ fates }: Plan, { from, to, nth }: Send): boolean =>
  fates.some((fate) => fate.from === from && fate.to === to && fate.nth === nth);
