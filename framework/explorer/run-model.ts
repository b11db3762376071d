/** A recorded run, made ready to be looked at: all that the page asks of it again and again, computed once. */
import type { AnyOperation } from '../history/entry.js';
import type { OperationOutcome } from '../history/operations.js';
import type { RecordedEvent } from '../recording/events.js';
import { faultSpans, messagesOf, type FaultSpan, type Message } from '../recording/messages.js';
import { nodeHistories, type NodeHistory } from '../recording/node-histories.js';
import type { RecordedRun, Recording } from '../recording/recording.js';
import { momentAtStep, momentsOf, type Moment } from '../recording/timeline.js';
import { messageKey, operationKey } from '../report/causes.js';
import { answeredWords, cut } from '../report/describe.js';
import type { Completion } from '../world/context.js';
import type { NodeId } from '../world/protocol.js';
import { backgroundOf } from './background.js';
import { SpanIndex, type Span } from './span-index.js';
import { headlineOf, kindsIn, lineOf, nodesIn, type Kind, type Line } from './words.js';

/** An operation from the moment of its call to that of its return. */
export interface OperationSpan extends Span {
  readonly node: NodeId;
  readonly process: number;
  readonly operation: AnyOperation;
  /** Undefined if it was still open at the end; `to` is then the last moment. */
  readonly completion: Completion | undefined;
  /** As the history names it: see `operationKey`. */
  readonly key: string;
  readonly isCulprit: boolean;
}

/** One copy of a message on its way. */
export interface Flight extends Span {
  readonly message: Message;
  readonly arrives: 'delivered' | 'lost' | 'under way';
}

export interface Down extends Span {
  readonly node: NodeId;
}

export interface RunModel {
  readonly recording: Recording;
  readonly run: RecordedRun;
  readonly nodes: readonly NodeId[];
  readonly moments: readonly Moment[];
  readonly messages: ReadonlyMap<string, Message>;
  readonly histories: ReadonlyMap<NodeId, NodeHistory>;
  readonly faults: readonly FaultSpan[];
  readonly operations: readonly OperationSpan[];
  readonly flights: SpanIndex<Flight>;
  readonly operationsIn: SpanIndex<OperationSpan>;
  readonly downs: readonly Down[];
  /** Where the failure can be seen, first to last, each with its name; `b` leads from one to the next. */
  readonly blame: readonly Blame[];
  /** Where to begin to look: where the failure is certain, else where it shows at last. */
  readonly start: number;
  eventsOf(moment: number): readonly RecordedEvent[];
  line(moment: number): Line;
  kinds(moment: number): ReadonlySet<Kind>;
  concerns(moment: number): ReadonlySet<NodeId>;
  isBackground(moment: number): boolean;
  /** The node that took the step, if one did. */
  nodeAt(moment: number): NodeId | undefined;
  /** The moment of a step, by its number. */
  atStep(step: number): number;
  /** The moment that led to this one: it sent the message, set the timer or issued the sync. */
  causeOf(moment: number): number | undefined;
}

export interface Blame {
  readonly moment: number;
  readonly words: string;
  readonly kind: 'certain' | 'operation' | 'failure' | 'end';
}

export function modelOf(recording: Recording, run: RecordedRun): RunModel {
  const { events } = run;
  const nodes = recording.nodes.map(({ name }) => name);
  const moments = momentsOf(events);
  const last = Math.max(0, moments.length - 1);
  const messages = messagesOf(events, moments);
  const culprits = new Set(
    (run.failure?.operations ?? []).flatMap((index) => {
      const entry = run.history[index];
      return entry === undefined ? [] : [operationKey(entry)];
    }),
  );
  const operations = operationSpans(events, moments, culprits);
  const eventsOf = (moment: number): readonly RecordedEvent[] => {
    const at = moments[moment];
    return at === undefined ? [] : events.slice(at.from, at.to);
  };
  const atStep = (step: number): number => momentAtStep(moments, step);
  const blame = blameOf(recording, run, operations, { atStep, last });
  const lines: (Line | undefined)[] = [];
  const kinds: (ReadonlySet<Kind> | undefined)[] = [];
  const concerns: (ReadonlySet<NodeId> | undefined)[] = [];
  let background: readonly boolean[] | undefined;
  return {
    recording,
    run,
    nodes,
    moments,
    messages,
    histories: nodeHistories(nodes, events, moments),
    faults: faultSpans(events, moments),
    operations,
    flights: new SpanIndex(flightsOf(messages.values(), last)),
    operationsIn: new SpanIndex(operations),
    downs: downsOf(events, moments),
    blame,
    start: (blame.find(({ kind }) => kind === 'certain') ?? blame.at(-1))?.moment ?? 0,
    eventsOf,
    line: (moment) =>
      (lines[moment] ??= lineOf(
        eventsOf(moment),
        (from, to, nth) => messages.get(messageKey(from, to, nth))?.send.message,
      )),
    kinds: (moment) => (kinds[moment] ??= kindsIn(eventsOf(moment))),
    concerns: (moment) => (concerns[moment] ??= nodesIn(eventsOf(moment))),
    isBackground: (moment) => (background ??= backgroundOf(events, moments, messages))[moment] === true,
    nodeAt(moment) {
      const main = moments[moment] === undefined ? undefined : headlineOf(eventsOf(moment));
      return main !== undefined && 'node' in main ? main.node : undefined;
    },
    atStep,
    causeOf(moment) {
      const main = moments[moment] === undefined ? undefined : headlineOf(eventsOf(moment));
      if (main?.kind === 'lost') return messages.get(messageKey(main.from, main.to, main.nth))?.sentIn;
      return main !== undefined && 'cause' in main ? atStep(main.cause) : undefined;
    },
  };
}

function* flightsOf(messages: Iterable<Message>, last: number): Generator<Flight> {
  for (const message of messages) {
    const { sentIn: from, arrivals, send } = message;
    if (send.from === send.to) continue;
    for (const { kind, moment } of arrivals) yield { message, from, to: moment, arrives: kind };
    if (arrivals.length === 0) yield { message, from, to: last, arrives: 'under way' };
  }
}

function operationSpans(
  events: readonly RecordedEvent[],
  moments: readonly Moment[],
  culprits: ReadonlySet<string>,
): readonly OperationSpan[] {
  const spans: (OperationSpan & { to: number; completion: Completion | undefined })[] = [];
  const open = new Map<number, (typeof spans)[number]>();
  for (const { index, from, to } of moments)
    for (let at = from; at < to; at++) {
      const event = events[at];
      if (event?.kind === 'invoke') {
        const { node, process, operation } = event;
        const key = operationKey(event);
        const isCulprit = culprits.has(key);
        const span = { node, process, operation, key, isCulprit, from: index, to: moments.length - 1 };
        const open_ = { ...span, completion: undefined };
        spans.push(open_);
        open.set(process, open_);
      } else if (event?.kind === 'complete') {
        const span = open.get(event.process);
        if (span === undefined) continue;
        open.delete(event.process);
        span.to = index;
        span.completion = event.completion;
      }
    }
  return spans;
}

/** A node is down until its process starts again, which its state tells. */
function downsOf(events: readonly RecordedEvent[], moments: readonly Moment[]): readonly Down[] {
  const downs: Down[] = [];
  const since = new Map<NodeId, number>();
  for (const { index, from, to } of moments)
    for (let at = from; at < to; at++) {
      const event = events[at];
      if (event?.kind === 'down') since.set(event.node, index);
      else if (event?.kind === 'state' && since.has(event.node)) {
        downs.push({ node: event.node, from: since.get(event.node) ?? index, to: index });
        since.delete(event.node);
      }
    }
  return [...downs, ...[...since].map(([node, from]) => ({ node, from, to: moments.length }))];
}

function outcomeOf({ completion }: OperationSpan): OperationOutcome {
  if (completion === undefined) return { kind: 'open' };
  return completion.type === 'ok'
    ? { kind: 'ok', result: completion.result }
    : { kind: completion.type, reason: completion.reason };
}

function blameOf(
  { pointOfNoReturn, run: main }: Recording,
  run: RecordedRun,
  operations: readonly OperationSpan[],
  { atStep, last }: { readonly atStep: (step: number) => number; readonly last: number },
): readonly Blame[] {
  const { failure } = run;
  const certain: Blame[] =
    pointOfNoReturn !== undefined && pointOfNoReturn.step > 0 && run === main
      ? [{ kind: 'certain', moment: atStep(pointOfNoReturn.step), words: 'from here on the failure is certain' }]
      : [];
  const shown = operations
    .filter(({ isCulprit }) => isCulprit)
    .flatMap((span): Blame[] => {
      const words = `${cut(answeredWords({ operation: span.operation, outcome: outcomeOf(span) }), 60)} (${span.node})`;
      const called: Blame = { kind: 'operation', moment: span.from, words: `${words} called` };
      return span.completion === undefined ? [called] : [called, { kind: 'operation', moment: span.to, words }];
    })
    .sort((one, other) => one.moment - other.moment);
  const broke: Blame[] =
    failure?.step === undefined
      ? []
      : [{ kind: 'failure', moment: atStep(failure.step), words: `${failure.promise}: broken in this step` }];
  const isElsewhere = failure === undefined || shown.length + broke.length > 0;
  const ended: Blame[] = isElsewhere
    ? []
    : [{ kind: 'end', moment: last, words: `${failure.promise}: broken by what there is at the end` }];
  return [...certain, ...shown, ...broke, ...ended];
}
