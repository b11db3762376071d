/** A moment in words: the line of the step list, the kinds of event by which it is found, and the nodes it concerns. */
import type { RecordedEvent } from '../recording/events.js';
import type { AnyMessage, NodeId } from '../world/protocol.js';
import {
  completionWords,
  cut,
  describeMessage,
  describeValue,
  operationWords,
  timerWords,
} from '../report/describe.js';

export const KINDS = ['messages', 'losses', 'timers', 'disk', 'operations', 'faults'] as const;
export type Kind = (typeof KINDS)[number];

/** What a moment is about: the event of the least rank. */
const RANK: Readonly<Record<RecordedEvent['kind'], number>> = {
  deliver: 0,
  timer: 0,
  synced: 0,
  invoke: 1,
  'fault-begins': 1,
  'fault-ends': 2,
  phase: 3,
  lost: 4,
  complete: 5,
  down: 6,
  send: 7,
  disk: 8,
  state: 9,
  role: 9,
};

/** The event that says best what happened, of at least one. */
export const headlineOf = (events: readonly RecordedEvent[]): RecordedEvent =>
  events.reduce((best, event) => (RANK[event.kind] < RANK[best.kind] ? event : best));

export function kindsIn(events: readonly RecordedEvent[]): ReadonlySet<Kind> {
  const main = headlineOf(events);
  const kinds = new Set<Kind>();
  for (const event of events) {
    const kind = kindOf(event);
    // A handler's sends and writes are part of its step, and no reason to look for it.
    if (kind !== undefined && (event === main || !['send', 'disk'].includes(event.kind))) kinds.add(kind);
  }
  return kinds;
}

function kindOf({ kind }: RecordedEvent): Kind | undefined {
  switch (kind) {
    case 'send':
    case 'deliver':
      return 'messages';
    case 'lost':
      return 'losses';
    case 'timer':
      return 'timers';
    case 'synced':
    case 'disk':
      return 'disk';
    case 'invoke':
    case 'complete':
      return 'operations';
    case 'fault-begins':
    case 'fault-ends':
    case 'phase':
    case 'down':
      return 'faults';
    case 'state':
    case 'role':
      return undefined;
  }
}

export function nodesIn(events: readonly RecordedEvent[]): ReadonlySet<NodeId> {
  const nodes = new Set<NodeId>();
  for (const event of events) {
    if ('node' in event) nodes.add(event.node);
    if ('from' in event) nodes.add(event.from);
    if ('to' in event) nodes.add(event.to);
    if ('nodes' in event) for (const node of event.nodes) nodes.add(node);
  }
  return nodes;
}

export interface Line {
  /** One character for its kind. */
  readonly mark: string;
  readonly words: string;
  /** What it led to within the moment, or why not. */
  readonly note: string;
}

type MessageOf = (from: NodeId, to: NodeId, nth: number) => AnyMessage | undefined;

export function lineOf(events: readonly RecordedEvent[], messageOf: MessageOf): Line {
  const main = headlineOf(events);
  const completions = events.filter((event) => event.kind === 'complete' && event !== main);
  const others = events.filter(({ kind }) => kind === 'fault-begins' || kind === 'fault-ends' || kind === 'invoke');
  const notes = [
    ...others.filter((event) => event !== main).map((event) => wordsOf(event, messageOf)),
    ...completions.map((event) => wordsOf(event, messageOf)),
    ...events.flatMap((event) => (event.kind === 'down' && event !== main ? [`${event.node} goes down`] : [])),
    ...events.flatMap((event) => (event.kind === 'role' && event !== main ? [wordsOf(event, messageOf)] : [])),
  ];
  const isStart = main.step === 0 && ['send', 'state', 'disk', 'role'].includes(main.kind);
  const words = isStart ? 'the nodes start' : wordsOf(main, messageOf);
  return { mark: markOf(main), words, note: notes.join('; ') };
}

export function wordsOf(event: RecordedEvent, messageOf: MessageOf): string {
  switch (event.kind) {
    case 'send':
      return `${event.from} → ${event.to}  ${describeMessage(event.message)}`;
    case 'deliver':
      return `${event.from} → ${event.node}  ${messageWords(messageOf(event.from, event.node, event.nth))}`;
    case 'lost':
      return `${event.from} → ${event.to}  lost, ${event.reason}: ${messageWords(messageOf(event.from, event.to, event.nth))}`;
    case 'timer':
    case 'synced':
      return `${event.node}  ${timerWords(event)}`;
    case 'fault-begins':
    case 'fault-ends':
      return event.words;
    case 'phase':
      return event.phase === 'heal' ? 'everything heals' : event.phase;
    case 'invoke':
      return `${event.node} (process ${event.process})  ${operationWords(event.operation)}`;
    case 'complete':
      return `${event.node} (process ${event.process})  ${cut(completionWords(event.completion, event.operation), 88)}`;
    case 'down':
      return `${event.node} goes down`;
    case 'role':
      return `${event.node}: ${event.role}`;
    case 'disk':
      return `${event.node}  ${diskWords(event.change)}`;
    case 'state':
      return `${event.node}  state changes`;
  }
}

const messageWords = (message: AnyMessage | undefined): string =>
  message === undefined ? 'a message' : describeMessage(message);

export function diskWords(change: Extract<RecordedEvent, { kind: 'disk' }>['change']): string {
  const writes = (count: number): string => `${count} ${count === 1 ? 'write' : 'writes'}`;
  switch (change.kind) {
    case 'append':
      return `appends to ${change.log}: ${describeValue(change.record)}${change.damaged === undefined ? '' : ` (${change.damaged})`}`;
    case 'truncate':
      return `truncates ${change.log} to ${change.length}`;
    case 'set':
      return `sets ${change.key}: ${describeValue(change.value)}`;
    case 'durable':
      return `${writes(change.writes)} durable`;
    case 'forgotten':
      return `${writes(change.writes)} never to be durable: the sync failed`;
    case 'reloaded':
      return 'the disk as the crash left it';
    case 'corrupted':
      return `record ${change.place} of ${change.log} is damaged at rest`;
  }
}

export function markOf(event: RecordedEvent): string {
  switch (event.kind) {
    case 'deliver':
      return '→';
    case 'send':
      return '↗';
    case 'lost':
      return '✕';
    case 'timer':
      return '◷';
    case 'synced':
    case 'disk':
      return '▤';
    case 'invoke':
      return '┬';
    case 'complete':
      return '┴';
    case 'fault-begins':
      return '⚡';
    case 'fault-ends':
      return event.mark;
    case 'down':
      return '✝';
    case 'phase':
      return '§';
    case 'role':
      return '♔';
    case 'state':
      return 'Δ';
  }
}
