/** What followed from what in a run: from the cause that each event of its trace names. */
import type { TraceEvent } from '../simulation/trace.js';
import type { AnyMessage, NodeId } from '../world/protocol.js';

/** An operation of the history: a process invokes one at a time. */
export const operationKey = ({ process, time }: { readonly process: number; readonly time: number }): string =>
  `${process}@${time}`;

/** A message's name: the n-th on its link. */
export const messageKey = (from: NodeId, to: NodeId, nth: number): string => `${from}>${to}#${nth}`;

export interface Causes {
  readonly messages: ReadonlyMap<string, Extract<TraceEvent, { kind: 'send' }>>;
  /** The operation that a message follows from, through messages, disk syncs and a few timers, or that it answers. */
  readonly operationOf: ReadonlyMap<string, string>;
}

/** Operations' consequences are followed as far as so many timers away: a retransmission, but not the hundredth. */
export const TIMERS_MAX = 2;

export function causesOf(trace: readonly TraceEvent[]): Causes {
  const messages = new Map<string, Extract<TraceEvent, { kind: 'send' }>>();
  const operationOf = new Map<string, string>();
  const roots = new Map<number, { readonly operation: string; readonly timers: number }>();
  const open = new Map<number, string>();
  let delivered: { readonly name: string; readonly step: number } | undefined;
  for (const event of trace) {
    switch (event.kind) {
      case 'complete': {
        const operation = open.get(event.process);
        if (operation !== undefined && delivered?.step === event.step) operationOf.set(delivered.name, operation);
        break;
      }
      case 'invoke':
        open.set(event.process, operationKey(event));
        roots.set(event.step, { operation: operationKey(event), timers: 0 });
        break;
      case 'deliver':
      case 'synced':
      case 'timer': {
        if (event.kind === 'deliver')
          delivered = { name: messageKey(event.from, event.node, event.nth), step: event.step };
        const root = roots.get(event.cause);
        const timers = (root?.timers ?? 0) + (event.kind === 'timer' ? 1 : 0);
        if (root !== undefined && timers <= TIMERS_MAX) roots.set(event.step, { ...root, timers });
        break;
      }
      case 'send': {
        const name = messageKey(event.from, event.to, event.nth);
        messages.set(name, event);
        const root = roots.get(event.step);
        if (root !== undefined) operationOf.set(name, root.operation);
        break;
      }
      default:
    }
  }
  return { messages, operationOf };
}

/** How many steps that led to one another are looked at. */
const STEPS_MAX = 6;

/** The steps `ends` and those that led to each, every one caused by the one before. */
export function stepsThatLeadTo(ends: readonly number[], trace: readonly TraceEvent[]): ReadonlySet<number> {
  const causes = new Map(trace.flatMap((event) => ('cause' in event ? [[event.step, event.cause] as const] : [])));
  const steps = new Set<number>();
  for (const end of ends) {
    let step: number | undefined = end;
    for (let count = 0; step !== undefined && count < STEPS_MAX; count++, step = causes.get(step)) steps.add(step);
  }
  return steps;
}

/** A kind of message that is sent at least this often is background, unless an operation caused it. */
const CHATTER_COUNT = 6;

export function chatterKinds(sent: Iterable<{ readonly message: AnyMessage }>): ReadonlySet<AnyMessage['kind']> {
  const counts = new Map<string, number>();
  for (const { message } of sent) counts.set(message.kind, (counts.get(message.kind) ?? 0) + 1);
  return new Set([...counts].filter(([, count]) => count >= CHATTER_COUNT).map(([kind]) => kind));
}
