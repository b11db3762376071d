/**
 * What a space-time picture shows of a run: the rows of the diagram in text (diagram-rows.ts), each with its place in the
 * causal past of the failure, and with what a text has no room for: roles, processes that end, copies, overtaking.
 */
import { describeFault, faultType, nodesOf, type Fault } from '../faults/fault.js';
import { describeOperation } from '../history/vocabulary.js';
import type { AnyOperation } from '../history/entry.js';
import type { Completion } from '../world/context.js';
import type { Failure } from '../simulation/judge.js';
import type { Run } from '../simulation/simulate.js';
import type { TraceEvent } from '../simulation/trace.js';
import type { NodeId } from '../world/protocol.js';
import { momentKey, type CausalPast, type Moment } from './causal-past.js';
import { messageKey, stepsThatLeadTo, type Causes } from './causes.js';
import { completionWords, describeMessage, timerWords } from './describe.js';
import { chooseRows, collectRows, isCulprit, type Row } from './diagram-rows.js';
import { culpritOperations } from './failure-ends.js';
import { nodeOrder } from './node-order.js';

/** Whether it shows the failure, is in the causal past of what does, or is neither. */
export type Emphasis = 'culprit' | 'past' | 'aside';

export interface Flight {
  readonly kind: 'message';
  readonly from: NodeId;
  readonly to: NodeId;
  /** The place in the trace of its sending. */
  readonly sentAt: number;
  readonly sent: Moment;
  readonly sentTime: number;
  readonly words: string;
  /** What is special about it, in a word or two: why it was lost, which copy it is, that a later one overtook it. */
  readonly note: string;
  readonly fate: 'arrives' | 'lost' | 'copy' | 'overtaken';
}

export type Shape =
  | Flight
  | { readonly kind: 'invoke'; readonly node: NodeId; readonly process: number; readonly words: string }
  | {
      readonly kind: 'complete';
      readonly node: NodeId;
      readonly process: number;
      readonly type: Completion['type'];
      readonly words: string;
    }
  | { readonly kind: 'fault'; readonly fault: Fault; readonly begins: boolean; readonly words: string }
  | { readonly kind: 'role' | 'timer'; readonly node: NodeId; readonly words: string }
  | { readonly kind: 'life'; readonly node: NodeId; readonly up: boolean; readonly words: string }
  /** Of the run as a whole: its phases, the moment from which it is lost, its end. */
  | { readonly kind: 'line'; readonly node: NodeId | undefined; readonly words: string };

export interface Item {
  /** Its place in the trace: items are in this order. */
  readonly at: number;
  readonly time: number;
  readonly step: number;
  readonly emphasis: Emphasis;
  readonly shape: Shape;
}

export interface Scene {
  readonly items: readonly Item[];
  /** What is not drawn, in the order of the trace. */
  readonly hidden: readonly { readonly at: number; readonly what: string }[];
  /** Clients that appear, then all servers: see `nodeOrder`. */
  readonly lanes: readonly NodeId[];
  /** What each node was when it had booted. */
  readonly firstRoles: ReadonlyMap<NodeId, string>;
}

/** Up to so many rows, what is not in the causal past is drawn too, faded. */
const SMALL = 90;

/** At most `rowsMax` items; of those in excess what is outside the causal past gives way first, and is counted. */
export function sceneOf(
  run: Run,
  failure: Failure | undefined,
  options: { readonly rowsMax: number; readonly certainFrom: number | undefined },
): Scene {
  const { trace = [] } = run;
  const { rows, hiddenAt, causes, past } = collectRows(run, failure, options.certainFrom, stepsThatChangeRoles(trace));
  const places = placesOf(trace);
  const leads = leadsToFailure(run, failure, causes);
  const itemOf = (row: Row): Item | undefined => {
    const event = trace[row.at];
    if (event === undefined) return undefined;
    const shape = shapeOf(event, row, { trace, causes, places });
    const shows = isCulprit(row) || (shape.kind === 'message' && leads(event));
    const emphasis = shows ? 'culprit' : isPast(event, shape, past) ? 'past' : 'aside';
    return { at: row.at, time: row.time, step: event.step, emphasis, shape };
  };
  const drawable = rows.flatMap((row): { row: Row; item: Item }[] => {
    const item = itemOf(row);
    return item === undefined ? [] : [{ row, item }];
  });
  const isSmall = drawable.length <= SMALL;
  const beside = isSmall ? new Set<Item>() : itemsBeside(drawable.map(({ item }) => item));
  const wanted = drawable.filter(({ item }) => !beside.has(item));
  const chosen = chooseRows(
    wanted.map(({ row }) => row),
    options.rowsMax,
  );
  const kept = new Set(wanted.filter(({ row }) => chosen.has(row)));
  const isDrawn = ({ emphasis, shape }: Item): boolean => isSmall || emphasis !== 'aside' || shape.kind !== 'role';
  const left = drawable.filter((one) => !kept.has(one)).map(({ item }) => ({ at: item.at, what: kindOf(item, trace) }));
  const changes = livesAndRoles(
    trace,
    [...kept].map(({ item }) => item),
    past,
  );
  const items = [...[...kept].map(({ item }) => item), ...changes.filter(isDrawn)].sort(
    (one, other) => one.at - other.at,
  );
  return {
    items,
    hidden: [...hiddenAt, ...left].sort((one, other) => one.at - other.at),
    lanes: lanesOf(run, items),
    firstRoles: new Map(trace.flatMap((one) => (one.kind === 'role' && one.step === 0 ? [[one.node, one.role]] : []))),
  };
}

/** Messages outside the causal past, and operations that were invoked there, with their completions. */
function itemsBeside(items: readonly Item[]): ReadonlySet<Item> {
  const beside = new Set<Item>();
  /** Processes whose open operation was invoked outside. */
  const outside = new Set<number>();
  for (const item of items) {
    const { shape, emphasis } = item;
    const isAside = emphasis === 'aside';
    if (shape.kind === 'invoke' && isAside) outside.add(shape.process);
    if (isAside && (shape.kind === 'message' || ('process' in shape && outside.has(shape.process)))) beside.add(item);
    if (shape.kind === 'complete') outside.delete(shape.process);
  }
  return beside;
}

/** A heartbeat is nothing to look at, unless it makes somebody the tail. */
const stepsThatChangeRoles = (trace: readonly TraceEvent[]): ReadonlySet<number> =>
  new Set(trace.flatMap(({ kind, step }) => (kind === 'role' ? [step] : [])));

/** Whether a message was sent on behalf of an operation that the failure names, or set off the step that failed. */
function leadsToFailure(run: Run, failure: Failure | undefined, causes: Causes): (event: TraceEvent) => boolean {
  const { outcome, trace = [] } = run;
  const culprits = culpritOperations(run, failure);
  const steps = 'where' in outcome ? stepsThatLeadTo([outcome.where.step], trace) : new Set<number>();
  return (event) => {
    if (event.kind !== 'deliver' && event.kind !== 'lost') return false;
    const name = messageKey(event.from, event.kind === 'deliver' ? event.node : event.to, event.nth);
    return steps.has(event.step) || culprits.has(causes.operationOf.get(name) ?? '');
  };
}

interface Places {
  /** By message, where in the trace it was sent. */
  readonly sent: ReadonlyMap<string, number>;
  /** By place, which of its copies a delivery is, from 1; and whether a later message had arrived before it. */
  readonly copy: ReadonlyMap<number, number>;
  readonly overtaken: ReadonlySet<number>;
  /** By place of a completion, the operation that it completes. */
  readonly operation: ReadonlyMap<number, AnyOperation>;
}

function placesOf(trace: readonly TraceEvent[]): Places {
  const sent = new Map<string, number>();
  const copy = new Map<number, number>();
  const overtaken = new Set<number>();
  const operation = new Map<number, AnyOperation>();
  const copies = new Map<string, number>();
  const highest = new Map<string, number>();
  const open = new Map<number, AnyOperation>();
  for (const [at, event] of trace.entries()) {
    if (event.kind === 'send') sent.set(messageKey(event.from, event.to, event.nth), at);
    else if (event.kind === 'deliver') {
      const { from, node, nth } = event;
      const name = messageKey(from, node, nth);
      copies.set(name, (copies.get(name) ?? 0) + 1);
      copy.set(at, copies.get(name) ?? 1);
      const link = `${from}>${node}`;
      if (nth < (highest.get(link) ?? -1)) overtaken.add(at);
      else highest.set(link, nth);
    } else if (event.kind === 'invoke') open.set(event.process, event.operation);
    else if (event.kind === 'complete') {
      const asked = open.get(event.process);
      if (asked !== undefined) operation.set(at, asked);
    }
  }
  return { sent, copy, overtaken, operation };
}

function shapeOf(
  event: TraceEvent,
  row: Row,
  {
    trace,
    causes,
    places,
  }: { readonly trace: readonly TraceEvent[]; readonly causes: Causes; readonly places: Places },
): Shape {
  // The row that says from when on the failure is certain stands before an event of another kind.
  if (row.text.startsWith('◆')) return { kind: 'line', node: undefined, words: row.text };
  switch (event.kind) {
    case 'deliver':
    case 'lost': {
      const to = event.kind === 'deliver' ? event.node : event.to;
      const name = messageKey(event.from, to, event.nth);
      const sentAt = places.sent.get(name) ?? row.at;
      const message = causes.messages.get(name)?.message;
      const { step = event.step, time = event.time } = trace[sentAt] ?? {};
      return {
        kind: 'message',
        from: event.from,
        to,
        sentAt,
        sent: { node: event.from, step },
        sentTime: time,
        words: message === undefined ? 'a message' : describeMessage(message),
        ...fateOf(event, row, { copies: causes.messages.get(name)?.delaysMicros.length ?? 1, places }),
      };
    }
    case 'invoke':
      return { kind: 'invoke', node: event.node, process: event.process, words: describeOperation(event.operation) };
    case 'complete': {
      const { node, process, completion } = event;
      const words = completionWords(completion, places.operation.get(row.at));
      return { kind: 'complete', node, process, type: completion.type, words };
    }
    case 'fault-begins':
    case 'fault-ends':
      return { kind: 'fault', ...tellFault(event) };
    case 'timer':
    case 'synced':
      return { kind: 'timer', node: event.node, words: timerWords(event) };
    default:
      return { kind: 'line', node: [...row.marks.keys()][0], words: row.text };
  }
}

function tellFault({ kind, fault }: Extract<TraceEvent, { kind: 'fault-begins' | 'fault-ends' }>) {
  const begins = kind === 'fault-begins';
  return { fault, begins, words: begins ? describeFault(fault) : faultType(fault.kind).describeEnd(fault) };
}

function fateOf(
  event: Extract<TraceEvent, { kind: 'deliver' | 'lost' }>,
  { at, decided }: Row,
  { copies, places }: { readonly copies: number; readonly places: Places },
): Pick<Flight, 'fate' | 'note'> {
  const name = decided === undefined ? [] : [decided];
  if (event.kind === 'lost') return { fate: 'lost', note: [event.reason, ...name].join(', ') };
  const isOvertaken = places.overtaken.has(at);
  const notes = [
    ...name,
    ...(copies > 1 ? [`copy ${places.copy.get(at) ?? 1}/${copies}`] : []),
    ...(isOvertaken ? ['overtaken'] : []),
  ];
  return { fate: copies > 1 ? 'copy' : isOvertaken ? 'overtaken' : 'arrives', note: notes.join(', ') };
}

/** Faults, and what is said of the whole run, are never faded. */
function isPast(event: TraceEvent, shape: Shape, past: CausalPast): boolean {
  switch (shape.kind) {
    case 'message':
      return past.has(event.kind === 'deliver' ? event : shape.sent);
    case 'invoke':
    case 'complete':
    case 'role':
    case 'timer':
      return past.has({ node: shape.node, step: event.step });
    default:
      return true;
  }
}

/** What becomes of nodes after the boot: a process that ends or starts is told of where no fault says so already. */
function livesAndRoles(trace: readonly TraceEvent[], drawn: readonly Item[], past: CausalPast): Item[] {
  const told = new Set(
    drawn.flatMap(({ shape, step }) =>
      shape.kind === 'fault' ? nodesOf(shape.fault).map((node) => momentKey({ node, step })) : [],
    ),
  );
  return trace.flatMap((event, at): Item[] => {
    const { time, step } = event;
    if (event.kind === 'role' && step > 0) {
      const shape = { kind: 'role', node: event.node, words: event.role } as const;
      return [{ at, time, step, emphasis: isPast(event, shape, past) ? 'past' : 'aside', shape }];
    }
    if (event.kind !== 'down' && event.kind !== 'up') return [];
    const isTold = told.has(momentKey(event));
    const lost = event.kind === 'down' ? event.unsyncedWritesLost : 0;
    const loss = lost === 0 ? '' : `${lost} unsynced ${lost === 1 ? 'write' : 'writes'} lost`;
    const ends = isTold ? loss : `the process of ${event.node} ends${loss === '' ? '' : `, ${loss}`}`;
    const starts = isTold ? '' : `${event.node} starts again`;
    const shape = { kind: 'life', node: event.node, up: event.kind === 'up' } as const;
    return [{ at, time, step, emphasis: 'past', shape: { ...shape, words: event.kind === 'down' ? ends : starts } }];
  });
}

/** What an item that is not drawn is counted as. */
function kindOf({ at, shape }: Item, trace: readonly TraceEvent[]): string {
  const event = trace[at];
  if (shape.kind === 'message') return event?.kind === 'deliver' ? event.message.kind : 'lost message';
  return shape.kind === 'fault'
    ? `${faultType(shape.fault.kind).kind} fault`
    : shape.kind === 'invoke'
      ? 'operation'
      : '';
}

/** Every server, and the clients that are seen. */
function lanesOf(run: Run, items: readonly Item[]): NodeId[] {
  const seen = new Set(items.flatMap(({ shape }) => nodesIn(shape)));
  return nodeOrder(run).filter((node) => seen.has(node) || run.servers.includes(node));
}

function nodesIn(shape: Shape): readonly NodeId[] {
  if (shape.kind === 'message') return [shape.from, shape.to];
  if (shape.kind === 'fault') return nodesOf(shape.fault);
  return 'node' in shape && shape.node !== undefined ? [shape.node] : [];
}
